// acting: the node of who acts, and for which purpose: that of its mandate, or the one it states for itself, of which there is no node.
// params: principal STRING
// needs: nothing
// yields: me, purpose STRING?
CALL () {
  WITH split($principal, '>') AS named
  WITH CASE WHEN named[1] STARTS WITH named[0] + ':' THEN named[0] END AS stating
  OPTIONAL MATCH (mandate:Principal {id: $principal})
  OPTIONAL MATCH (self:Principal {id: stating})
  RETURN coalesce(mandate, self) AS me,
         CASE WHEN mandate IS NULL THEN substring($principal, 2 * size(stating) + 2) ELSE mandate.purpose END AS purpose
}
