"""
The catalogue in DCAT-AP 3, so that others' tools read it. Source: DCAT-AP 3.0 (SEMIC), W3C DCAT 3.

Mandatory there: title and description of catalogue and dataset, publisher of the catalogue, access URL of a
distribution, name of an agent. Codes of ours that DCAT has no word for stay in the JSON form; this one is for finding.
"""

from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from rdflib import BNode, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, XSD

from tongban.resources.datasets.values import Cycle, Definition, Sharing

EU_FREQUENCY: Final = Namespace("http://publications.europa.eu/resource/authority/frequency/")
EU_RIGHTS: Final = Namespace("http://publications.europa.eu/resource/authority/access-right/")
ADMS: Final = Namespace("http://www.w3.org/ns/adms#")
FREQUENCY: Final[dict[Cycle, str]] = {
    Cycle.REAL_TIME: "UPDATE_CONT",
    Cycle.DAILY: "DAILY",
    Cycle.WEEKLY: "WEEKLY",
    Cycle.MONTHLY: "MONTHLY",
    Cycle.QUARTERLY: "QUARTERLY",
    Cycle.HALF_YEARLY: "ANNUAL_2",
    Cycle.YEARLY: "ANNUAL",
    Cycle.IRREGULAR: "IRREG",
    Cycle.OTHER: "OTHER",
}
RIGHTS: Final[dict[Sharing, str]] = {
    Sharing.UNCONDITIONAL: "PUBLIC",
    Sharing.CONDITIONAL: "RESTRICTED",
    Sharing.NONE: "NON_PUBLIC",
}
FORMATS: Final = {"ttl": "turtle", "jsonld": "json-ld"}


def catalogue(
    entries: Iterable[tuple[str, str, str, Definition]], *, base: str, title: str, publisher: str
) -> Graph:
    """
    Return (node, code, date of publication, definition) as one dcat:Catalog.

    :param base: address of the node, without a stroke at its end
    """
    graph = Graph()
    for prefix, namespace in (("dcat", DCAT), ("dct", DCTERMS), ("foaf", FOAF), ("adms", ADMS)):
        graph.bind(prefix, namespace)
    whole = URIRef(f"{base}/catalogue")
    graph.add((whole, RDF.type, DCAT.Catalog))
    graph.add((whole, DCTERMS.title, Literal(title, lang="zh")))
    graph.add((whole, DCTERMS.description, Literal(title, lang="zh")))
    graph.add((whole, DCTERMS.publisher, _agent(graph, URIRef(f"{base}/catalogue#publisher"), publisher)))
    for node, code, published, definition in entries:
        graph.add((whole, DCAT.dataset, _dataset(graph, base, (node, code, published), definition)))
    return graph


def _dataset(graph: Graph, base: str, entry: tuple[str, str, str], definition: Definition) -> URIRef:
    node, code, published = entry
    dataset = URIRef(f"{base}/catalogue/{quote(node)}/{quote(code)}")
    graph.add((dataset, RDF.type, DCAT.Dataset))
    for text, language in ((definition.title, "zh"), (definition.title_en, "en")):
        if text:
            graph.add((dataset, DCTERMS.title, Literal(text, lang=language)))
    graph.add((dataset, DCTERMS.description, Literal(definition.summary, lang="zh")))
    graph.add((dataset, DCTERMS.identifier, Literal(f"{node}:{code}")))
    agency = URIRef(f"{base}/catalogue/agencies/{quote(definition.provider_code)}")
    graph.add((dataset, DCTERMS.publisher, _agent(graph, agency, definition.provider_name)))
    frequency = EU_FREQUENCY[FREQUENCY[definition.cycle]]
    graph.add((frequency, RDF.type, DCTERMS.Frequency))
    graph.add((dataset, DCTERMS.accrualPeriodicity, frequency))
    rights = EU_RIGHTS[RIGHTS[definition.sharing]]
    graph.add((rights, RDF.type, DCTERMS.RightsStatement))
    graph.add((dataset, DCTERMS.accessRights, rights))
    if published:
        graph.add((dataset, DCTERMS.issued, Literal(published, datatype=XSD.date)))
    for field in definition.fields:
        graph.add((dataset, DCAT.keyword, Literal(field.title, lang="zh")))
    for mode in definition.modes:
        distribution = BNode(f"{node}-{code}-{mode.value}".replace("/", "-"))
        graph.add((dataset, DCAT.distribution, distribution))
        graph.add((distribution, RDF.type, DCAT.Distribution))
        graph.add((distribution, DCTERMS.title, Literal(str(mode.label), lang="zh")))
        graph.add((distribution, DCAT.accessURL, dataset))
    return dataset


def _agent(graph: Graph, agent: URIRef, name: str) -> URIRef:
    graph.add((agent, RDF.type, FOAF.Agent))
    graph.add((agent, FOAF.name, Literal(name, lang="zh")))
    return agent
