"""Search: from what somebody types to photos in order."""
