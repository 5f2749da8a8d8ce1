"""The desk's errands at the hub: one loop a file, put together in `courier`."""

from exchange.desk.courier.courier import Courier, CourierState, Parts, Receiver

__all__ = ["Courier", "CourierState", "Parts", "Receiver"]
