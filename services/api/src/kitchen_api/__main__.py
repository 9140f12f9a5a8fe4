"""``python -m kitchen_api``: serve on the configured address until told to stop."""

import uvicorn

from kitchen_api.app import create_app
from kitchen_api.settings import Settings


def main() -> None:
    """Read the settings and serve; a wrong setting ends the process with its name."""
    settings = Settings()
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_level=settings.log_level,
        server_header=False,
    )


if __name__ == "__main__":
    main()
