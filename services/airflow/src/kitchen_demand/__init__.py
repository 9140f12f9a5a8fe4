"""Demand of a kitchen: from raw orders to a published model. Nothing here imports Airflow."""

__version__ = "0.1.0"
