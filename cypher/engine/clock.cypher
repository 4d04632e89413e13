// clock: what time it is at the database.
// mode: read
// params:
// returns: at DATETIME
RETURN datetime.realtime() AS at
