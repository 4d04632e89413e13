// link: a step used or made memories, each in the version it then had.
// mode: write
// params: run STRING, links LIST<MAP>
// returns: links INTEGER
// touches: nothing
UNWIND $links AS row
MATCH (s:Step {run: $run, id: row.step})
MATCH (c:MemCube {id: row.cube})
FOREACH (_ IN CASE WHEN row.made THEN [1] ELSE [] END | MERGE (s)-[m:MADE]->(c) SET m.version = row.version)
FOREACH (_ IN CASE WHEN row.made THEN [] ELSE [1] END | MERGE (s)-[u:USED]->(c) SET u.version = row.version)
RETURN count(c) AS links
