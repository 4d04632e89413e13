// follow: the facts of these memories, and these where they are facts, live as long as the last memory that says them, and no longer than they themselves may.
// mode: write
// params: cubes LIST<STRING>, never DATETIME, now DATETIME
// returns: revived LIST<STRING>, changed LIST<STRING>
// touches: changed
UNWIND $cubes AS wanted
MATCH (:MemCube {id: wanted})<-[:DERIVED_FROM*0..1 {transform: 'extracted'}]-(f:MemCube)
WHERE f.version = 1 AND f.state <> 'deleted' // those that an update archived, too: they can still be read
WITH DISTINCT f
MATCH (f)-[:DERIVED_FROM {transform: 'extracted'}]->(said:MemCube)
WHERE said.state <> 'deleted'
WITH f, max(said.expires_at) AS latest
WITH f, reduce(
  ends = latest, bound IN [coalesce(f.expires_set, $never), coalesce(f.keep_until, $never)] |
  CASE WHEN bound < ends THEN bound ELSE ends END
) AS ends
WITH f, ends, f.state = 'expired' AND ends > $now AS revives
WHERE revives OR ends <> f.expires_at
SET f.expires_at = ends
FOREACH (_ IN CASE WHEN revives THEN [1] ELSE [] END | SET f.state = 'activated', f.live = true)
RETURN collect(CASE WHEN revives THEN f.id END) AS revived, collect(f.id) AS changed
