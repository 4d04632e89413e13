// repeats: a fact that was said again is linked to where it was said, not stored twice.
// mode: write
// params: by STRING, now DATETIME, repeats LIST<MAP>
// returns: linked INTEGER
UNWIND $repeats AS row
MATCH (fact:MemCube {id: row.fact}), (whole:MemCube {id: row.derived_from})
MERGE (fact)-[d:DERIVED_FROM {transform: 'extracted'}]->(whole)
ON CREATE SET d.at = $now, d.by = $by
RETURN count(*) AS linked
