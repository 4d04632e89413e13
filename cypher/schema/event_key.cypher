// event_key: one event a place in its space's chain.
// mode: schema
// params: 
// returns: 
CREATE CONSTRAINT event_key IF NOT EXISTS FOR (n:AuditEvent) REQUIRE (n.space, n.seq) IS UNIQUE
