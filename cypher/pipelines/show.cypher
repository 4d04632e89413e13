// show: a run with its steps and what each used and made, as far as the principal may read its space.
// mode: read
// params: run STRING, principal STRING, now DATETIME
// returns: run MAP, steps LIST<MAP>
MATCH (r:Run {id: $run})
MATCH (s:Space {id: r.space})
//> include fragments/access
WITH r, forbidden WHERE 'read' IN actions
RETURN r {.*, sealed: NULL} AS run,
  COLLECT {
    MATCH (r)-[:STEP]->(s:Step)
    RETURN s {
      .*,
      used: COLLECT { MATCH (s)-[:USED]->(c:MemCube) WHERE NOT c.id IN forbidden RETURN c.id ORDER BY c.id },
      made: COLLECT { MATCH (s)-[:MADE]->(c:MemCube) WHERE NOT c.id IN forbidden RETURN c.id ORDER BY c.id },
      needs: COLLECT { MATCH (s)-[:NEEDS]->(n:Step) RETURN n.id ORDER BY n.number }
    }
    ORDER BY s.number
  } AS steps
