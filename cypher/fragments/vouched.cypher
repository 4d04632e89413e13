// vouched: what memory `each` says, how it is governed and where it came from, as its digest vouches for it (infrastructure/integrity); an expression.
// params: probe ANY
// needs: each
// yields: MAP
{
  id: each.id, space: each.space, state: each.state, digest: each.digest, past_digest: each.past_digest,
  near: CASE WHEN each.embedding IS :: LIST<FLOAT> AND size(each.embedding) = vector_dimension_count($probe)
    THEN vector.similarity.euclidean(each.embedding, $probe) END,
  said: size(labels(each)) + toString(each:Plaintext) + toString(each:Parametric) + head([of IN [properties(each)] |
    //> include fragments/spelled
  ]) + reduce(edges = '', edge IN COLLECT {
    MATCH (each)-[of]->(other)
    WHERE NOT type(of) IN ['NEXT', 'WAS']
    RETURN '\n>' + type(of) + size(coalesce(other.id, other.name, '')) + ':' + coalesce(other.id, other.name, '') + coalesce(other.number, '') +
      //> include fragments/spelled
      AS edge
    ORDER BY edge
  } | edges + edge)
    // How many are granted it or denied it alone; who, and what, is looked at with its past: they may be thousands.
    + '\n<' + COUNT { (each)<-[:GRANTED]-() } + '/' + COUNT { (each)<-[:DENIED]-() }
}
