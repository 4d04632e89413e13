// spelled: the properties of `of`, a map or a relationship, as one string, the same whenever they are the same; an expression.
// params: none
// needs: of
// yields: STRING
// Texts are written with their lengths, so that no two contents give the same string. How often something was read, and written, is
// not governed; the end of a log is checked with the log; of vectors there is a number beside this.
reduce(spelt = '', name IN COLLECT {
  UNWIND keys(of) AS name
  WITH name WHERE NOT name IN [
    'digest', 'past_digest', 'embedding', 'access_count', 'last_accessed_at', 'relevance',
    'revision', 'audit_seq', 'audit_hash', 'locked', 'cubes', 'speakers', 'tally', 'tally_mark'
  ]
  RETURN name ORDER BY name
} | spelt + ';' + name + '=' + CASE
  WHEN of[name] IS :: STRING THEN size(of[name]) + ':' + of[name]
  WHEN of[name] IS :: LIST<ANY> THEN reduce(items = '[', item IN of[name] | items + size(toString(item)) + ':' + toString(item))
  ELSE coalesce(toStringOrNull(of[name]), valueType(of[name]))
END)
