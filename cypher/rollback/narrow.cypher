// narrow: a grant from before it was replaced by another allows no more than that other one did; no row where it never did.
// mode: write
// params: space STRING, cube STRING?, topic STRING?, grantee STRING, by STRING?, at DATETIME, actions LIST<STRING>, purposes LIST<STRING>?, sees INTEGER?, expires_at DATETIME?
// returns: grantee STRING
// touches: $cube
// governs: $space
MATCH (p:Principal {id: $grantee})-[g:GRANTED]->(target)
WHERE g.at <= $at AND ($by IS NULL OR g.by = $by) AND (
  (target:Space AND $cube IS NULL AND $topic IS NULL AND target.id = $space AND target.owner <> p.id)
  OR (target:MemCube AND target.id = $cube AND target.space = $space)
  OR (target:Topic AND target.name = $topic AND target.space = $space))
WITH p, g, [each IN g.actions WHERE each IN $actions] AS actions,
     CASE WHEN $purposes IS NULL THEN g.purposes WHEN g.purposes IS NULL THEN $purposes
          ELSE [each IN g.purposes WHERE each IN $purposes] END AS purposes,
     CASE WHEN $sees IS NULL OR g.sees < $sees THEN g.sees ELSE $sees END AS sees,
     CASE WHEN $expires_at IS NULL OR g.expires_at < $expires_at THEN g.expires_at ELSE $expires_at END AS expires_at
WHERE size(actions) < size(g.actions) OR size(coalesce(purposes, [])) <> size(coalesce(g.purposes, [])) OR (g.purposes IS NULL) <> (purposes IS NULL)
   OR coalesce(sees, -1) <> coalesce(g.sees, -1) OR coalesce(expires_at <> g.expires_at, (expires_at IS NULL) <> (g.expires_at IS NULL))
SET g.actions = actions, g.purposes = purposes, g.sees = sees, g.expires_at = expires_at
RETURN p.id AS grantee
