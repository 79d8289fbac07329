"""
The catalogue in DCAT-AP 3, so that others' tools read it. Source: DCAT-AP 3.0 (SEMIC), W3C DCAT 3.

Mandatory there: title and description of catalogue and dataset, publisher of the catalogue, access URL of a
distribution, name of an agent. Codes of ours that DCAT has no word for stay in the JSON form; this one is for finding.
Ranges are said in the document itself, so that it conforms for readers that infer nothing.
"""

from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from rdflib import BNode, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, RDFS, XSD

from tongban.resources.datasets import selectors
from tongban.resources.datasets.values import Cycle, DatasetInForce, Definition, Openness, code_in_address

EU_FREQUENCY: Final = Namespace("http://publications.europa.eu/resource/authority/frequency/")
EU_RIGHTS: Final = Namespace("http://publications.europa.eu/resource/authority/access-right/")
HYDRA: Final = Namespace("http://www.w3.org/ns/hydra/core#")
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
RIGHTS: Final[dict[Openness, str]] = {
    Openness.UNCONDITIONAL: "PUBLIC",
    Openness.CONDITIONAL: "RESTRICTED",
    Openness.NONE: "NON_PUBLIC",
}
"""Access rights are about the public, as 开放属性 is; 共享类型 is about agencies (发改高技〔2017〕1272号)."""
FORMATS: Final = {"ttl": "turtle", "jsonld": "json-ld"}


def catalogue(entries: Iterable[DatasetInForce], *, base: str, title: str, publisher: str) -> Graph:
    """
    Return datasets as one dcat:Catalog.

    :param base: address below which catalogue and datasets have their names, without a stroke at its end
    """
    graph = Graph()
    for prefix, namespace in (("dcat", DCAT), ("dct", DCTERMS), ("foaf", FOAF), ("hydra", HYDRA)):
        graph.bind(prefix, namespace)
    whole = URIRef(f"{base}/")
    graph.add((whole, RDF.type, DCAT.Catalog))
    graph.add((whole, DCTERMS.title, Literal(title, lang="zh")))
    graph.add((whole, DCTERMS.description, Literal(title, lang="zh")))
    graph.add((whole, DCTERMS.publisher, _agent(graph, URIRef(f"{base}/#publisher"), publisher)))
    for entry in entries:
        graph.add((whole, DCAT.dataset, _dataset(graph, base, entry)))
    return graph


def say_what_follows(graph: Graph, *, page: str, following: str) -> None:
    """
    Say in a document that it is one page of the catalogue, and where the next one is (Hydra Core Vocabulary).

    :param page: address of this document, relative to the catalogue's
    :param following: address of the next one; empty: this is the last
    """
    whole = next(graph.subjects(RDF.type, DCAT.Catalog))
    this = URIRef(f"{whole}{page}")
    graph.add((this, RDF.type, HYDRA.PartialCollectionView))
    graph.add((whole, HYDRA.view, this))
    if following:
        graph.add((this, HYDRA.next, URIRef(f"{whole}{following}")))


def _dataset(graph: Graph, base: str, entry: DatasetInForce) -> URIRef:
    definition = entry.definition
    page = URIRef(f"{base}/{quote(entry.node)}/{quote(code_in_address(entry.code))}/")
    dataset = URIRef(f"{page}#dataset")
    graph.add((dataset, RDF.type, DCAT.Dataset))
    for text, language in ((definition.title, "zh"), (definition.title_en, "en")):
        if text:
            graph.add((dataset, DCTERMS.title, Literal(text, lang=language)))
    graph.add((dataset, DCTERMS.description, Literal(definition.summary, lang="zh")))
    graph.add((dataset, DCTERMS.identifier, Literal(f"{entry.node}:{entry.code}")))
    agency = URIRef(f"{base}/#agency-{quote(definition.provider_code)}")
    graph.add((dataset, DCTERMS.publisher, _agent(graph, agency, definition.provider_name)))
    frequency = EU_FREQUENCY[FREQUENCY[definition.cycle]]
    graph.add((frequency, RDF.type, DCTERMS.Frequency))
    graph.add((dataset, DCTERMS.accrualPeriodicity, frequency))
    rights = EU_RIGHTS[RIGHTS[definition.openness]]
    graph.add((rights, RDF.type, DCTERMS.RightsStatement))
    graph.add((dataset, DCTERMS.accessRights, rights))
    if entry.published_on:
        graph.add((dataset, DCTERMS.issued, Literal(entry.published_on, datatype=XSD.date)))
    for field in definition.fields:
        graph.add((dataset, DCAT.keyword, Literal(field.title, lang="zh")))
    _distributions(graph, dataset, page, entry)
    return dataset


def _distributions(graph: Graph, dataset: URIRef, page: URIRef, entry: DatasetInForce) -> None:
    schema = URIRef(selectors.schema_address(entry.node, entry.code, entry.version))
    for mode in entry.definition.modes:
        distribution = BNode(f"{entry.node}-{code_in_address(entry.code)}-{mode.value}")
        graph.add((dataset, DCAT.distribution, distribution))
        graph.add((distribution, RDF.type, DCAT.Distribution))
        graph.add((distribution, DCTERMS.title, Literal(str(mode.label), lang="zh")))
        graph.add((distribution, DCAT.accessURL, page))
        graph.add((page, RDF.type, RDFS.Resource))
        graph.add((distribution, DCTERMS.conformsTo, schema))
        graph.add((schema, RDF.type, DCTERMS.Standard))
        _condition(graph, distribution, entry.definition)


def _condition(graph: Graph, distribution: BNode, definition: Definition) -> None:
    """
    Say on what condition the public may have it.
    """
    if definition.openness is Openness.CONDITIONAL and definition.opening_condition:
        rights = BNode(f"{distribution}-rights")
        graph.add((distribution, DCTERMS.rights, rights))
        graph.add((rights, RDF.type, DCTERMS.RightsStatement))
        graph.add((rights, RDFS.label, Literal(definition.opening_condition, lang="zh")))


def _agent(graph: Graph, agent: URIRef, name: str) -> URIRef:
    graph.add((agent, RDF.type, FOAF.Agent))
    graph.add((agent, FOAF.name, Literal(name, lang="zh")))
    return agent
