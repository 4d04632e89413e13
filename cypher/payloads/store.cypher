// store: the name by which this database is told from others that use the same folder of payloads; given at first use.
// mode: write
// params:
// returns: store STRING
MATCH (s:Store {id: 'memos-graph'})
SET s.serial = coalesce(s.serial, randomUUID())
RETURN s.serial AS store
