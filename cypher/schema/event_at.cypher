// event_at: reads a space's log by time.
// mode: schema
// params: 
// returns: 
CREATE INDEX event_at IF NOT EXISTS FOR (n:AuditEvent) ON (n.space, n.at)
