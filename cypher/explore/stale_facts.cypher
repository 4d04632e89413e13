// stale_facts: facts that no longer hold, with the memory that said them, and memories that contradict or replace each other.
// mode: read
// params: space STRING
// returns: path PATH
MATCH path = (f:MemCube {space: $space})-[:DERIVED_FROM]->(:MemCube)
WHERE f.level = 'fact' AND f.state <> 'deleted' AND (NOT f.live OR f.valid_to <= datetime() OR f.expires_at <= datetime())
RETURN path LIMIT 200
UNION
MATCH path = (:MemCube {space: $space})-[:CONTRADICTS|SUPERSEDES]->(:MemCube)
RETURN path LIMIT 200
