from app.main import hello


def test_greets_by_name() -> None:
    assert hello("Ada") == {"greeting": "Hello, Ada!"}
