"""Devices: two installations keep a space in step, whatever was done in each of them while they were apart (docs/devices.md)."""
