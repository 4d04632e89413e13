// event_request: finds what one request did.
// mode: schema
// params: 
// returns: 
CREATE INDEX event_request IF NOT EXISTS FOR (n:AuditEvent) ON (n.request_id)
