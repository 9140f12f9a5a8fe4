"""``python -m kitchen_api.migrate``: bring the database's schema to this version, and end.

A deployment runs it once, before the version gets traffic.
"""

import sys

from sqlalchemy.exc import SQLAlchemyError

from kitchen_api.database import Database
from kitchen_api.settings import Settings


def main() -> int:
    """0 when the schema is there; 1 and a line without credentials when it cannot be."""
    database = Database(Settings().url())
    try:
        database.migrate()
    except SQLAlchemyError as error:
        cause = type(getattr(error, "orig", None) or error).__name__
        print(f"the schema cannot be brought to this version: {cause}", file=sys.stderr)
        return 1
    finally:
        database.dispose()
    print("the schema is there")
    return 0


if __name__ == "__main__":
    sys.exit(main())
