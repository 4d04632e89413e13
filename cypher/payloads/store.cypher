// store: the name by which this database is told from others that use the same folder of payloads; given at first use.
// mode: write
// params:
// returns: store STRING
// touches: nothing
MATCH (s:Store {id: 'memos-graph'})
FOREACH (_ IN CASE WHEN s.serial IS NULL THEN [1] ELSE [] END |  // a store that has one is not written to: its disk may be full
  SET s.locked = true
  SET s.serial = coalesce(s.serial, randomUUID())
  REMOVE s.locked
)
RETURN s.serial AS store
