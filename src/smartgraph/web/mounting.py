"""The pages under the path of the base."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from werkzeug.wsgi import FileWrapper

if TYPE_CHECKING:
    from collections.abc import Callable

#: How much of a file is passed on at once, in bytes.
_PIECE_BYTES: Final = 1 << 18


def mounted(app: Callable[..., Any], mount: str) -> Callable[..., Any]:
    """The application under the path of the base, whether or not a proxy takes that off the address.

    It also says what uvicorn knows and WSGI cannot see otherwise: that a body without a length ends.
    """

    def below(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        path = environ["PATH_INFO"]
        if path == mount or path.startswith(f"{mount}/"):
            environ["PATH_INFO"] = path[len(mount) :] or "/"
        environ["SCRIPT_NAME"] = mount
        environ["wsgi.input_terminated"] = True
        # Each piece goes from the thread to the event loop and back: few large ones keep the loop free.
        environ["wsgi.file_wrapper"] = lambda file, _size=0: FileWrapper(file, _PIECE_BYTES)
        return app(environ, start_response)

    return below
