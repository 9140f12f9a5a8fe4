"""Kitchen API: takes orders, promises a time, forecasts the demand of the coming hours."""

__version__ = "0.1.0"
