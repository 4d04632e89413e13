// allow: take the denials of somebody back, whoever gave them.
// mode: write
// params: space STRING, cube STRING?, grantee STRING
// returns: grantee STRING
// touches: $cube
// governs: $space
MATCH (p:Principal {id: $grantee})-[d:DENIED]->(target)
WHERE (target:Space AND $cube IS NULL AND target.id = $space)
   OR (target:MemCube AND target.id = $cube AND target.space = $space)
DELETE d
RETURN DISTINCT p.id AS grantee
