// apply: a policy governs its space from now on; what governed it before stays, behind it.
// mode: write
// params: space STRING, id STRING, name STRING, text STRING, sha256 STRING, by STRING, now DATETIME, sees MAP, reads_first BOOLEAN
// returns: version INTEGER
// touches: nothing
// governs: $space
MATCH (s:Space {id: $space})
OPTIONAL MATCH (s)-[before:GOVERNED_BY]->(old:Policy)
CREATE (p:Policy {
  id: $id, space: $space, version: coalesce(old.version, 0) + 1, name: $name, text: $text, sha256: $sha256, applied_at: $now,
  applied_by: $by
})
CREATE (s)-[:GOVERNED_BY]->(p)
SET s.sees_default = $sees.default, s.sees_names = $sees.names, s.sees_levels = $sees.levels,
    s.reads_first = $reads_first
FOREACH (_ IN CASE WHEN old IS NULL THEN [] ELSE [1] END | CREATE (p)-[:REPLACES]->(old))
DELETE before
RETURN p.version AS version
