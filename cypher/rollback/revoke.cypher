// revoke: a grant from before it was revoked is taken away again; one that was given later, and the owner's, stay.
// mode: write
// params: space STRING, cube STRING?, topic STRING?, grantee STRING, by STRING?, at DATETIME
// returns: grantee STRING
// touches: $cube
// governs: $space
MATCH (p:Principal {id: $grantee})-[g:GRANTED]->(target)
WHERE g.at <= $at AND ($by IS NULL OR g.by = $by) AND (
  (target:Space AND $cube IS NULL AND $topic IS NULL AND target.id = $space AND target.owner <> p.id)
  OR (target:MemCube AND target.id = $cube AND target.space = $space)
  OR (target:Topic AND target.name = $topic AND target.space = $space))
DELETE g
RETURN p.id AS grantee
