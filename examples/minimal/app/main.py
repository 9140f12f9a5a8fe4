"""The smallest service that Kitchen can deliver."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/hello")
def hello(name: str = "world") -> dict[str, str]:
    """Greets somebody by name."""
    return {"greeting": f"Hello, {name}!"}
