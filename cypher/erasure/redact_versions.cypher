// redact_versions: versions of memories that stay give up a reason that names somebody; what is left of them is told, to be vouched for anew.
// mode: write
// params: space STRING, named STRING
// returns: cube STRING, number INTEGER, sha256 STRING, known_from DATETIME, by STRING, rollback_of INTEGER?
// touches: cube
MATCH (c:MemCube {space: $space})
WHERE c.created_at IS NOT NULL AND c.state <> 'deleted'
MATCH (v:MemVersion {cube: c.id})
WHERE v.number >= 1 AND normalize(coalesce(v.reason, '')) =~ $named
REMOVE v.reason
RETURN v.cube AS cube, v.number AS number, v.sha256 AS sha256, v.known_from AS known_from, v.by AS by, v.rollback_of AS rollback_of
ORDER BY cube, number
