"""What Locust loads: ``PYTHONPATH=src locust --host http://… --users 50 --spawn-rate 10``."""

from kitchen_loadtest.users import Cook, Customer, Planner

__all__ = ["Cook", "Customer", "Planner"]
