// sweeps: every home and vault that keeps payloads of a space, and this home, is to look for what no memory accounts for.
// mode: write
// params: space STRING, home STRING, now DATETIME, by STRING
// returns: holder STRING
// touches: nothing
MATCH (s:Space {id: $space})
CALL (s) {
  MATCH (h:Holder)-[:HOLDS]->(s)
  WHERE h.kind IN ['home', 'vault']
  RETURN h.id AS holder
  UNION
  RETURN $home AS holder
}
CREATE (j:Job {
  id: randomUUID(), kind: 'sweep', state: 'waiting', space: s.id, holder: holder, created_at: $now, created_by: $by
})
RETURN j.holder AS holder
ORDER BY holder
