// repeats: a fact that was said again is linked to where it was said, not stored twice.
// mode: write
// params: by STRING, now DATETIME, repeats LIST<MAP>
// returns: linked INTEGER
// touches: $repeats.fact
UNWIND $repeats AS row
MATCH (fact:MemCube {id: row.fact}), (whole:MemCube {id: row.derived_from})
MERGE (fact)-[d:DERIVED_FROM {transform: 'extracted'}]->(whole)
ON CREATE SET d.at = $now, d.by = $by
// It lives as long as the last memory that says it.
FOREACH (_ IN CASE
  WHEN whole.expires_at > fact.expires_at AND fact.expires_set IS NULL AND fact.keep_until IS NULL THEN [1]
  ELSE []
END | SET fact.expires_at = whole.expires_at)
RETURN count(*) AS linked
