"""Who was measured, looked up in a list."""

from __future__ import annotations

from chemtranslate.chemical import Chemical
from chemtranslate.identities import Identities
from chemtranslate.sample import Place, Reject, Sample


def listed(smiles: str, file: str = "", id: str = "", name: str = "", cas: str = "") -> Sample:
    chemical = Chemical(smiles, "", name, cas)
    return Sample(id, chemical, name, chemical, {"File": file} if file else {})


LIST = Identities([
    listed("CCO", file="a.jdx"), listed("CCC", id="B1"), listed("CCCC", cas="106-97-8"),
    listed("CO", name="Methanol"), listed("C", name="twice"), listed("CC", name="twice"),
])


def the_smiles(sample: Sample) -> str:
    (found,) = LIST.named([sample])
    assert isinstance(found, Sample)
    return found.chemical.smiles if found.chemical else ""


def test_a_sample_is_found_by_file_id_cas_and_name_in_this_order() -> None:
    place = Place("/x/all.zip:folder/a.jdx", 1)
    assert the_smiles(Sample("B1", None, "methanol", Chemical(cas="106-97-8"), {}, place)) == "CCO"
    assert the_smiles(Sample("b1", None, "methanol", Chemical(cas="106-97-8"))) == "CCC"
    assert the_smiles(Sample("B2", None, "methanol", Chemical(cas="106-97-8"))) == "CCCC"
    assert the_smiles(Sample("B2", None, "methanol")) == "CO"


def test_what_is_unknown_ambiguous_or_stated_stays_as_it_is() -> None:
    for sample in (Sample("B2", None, "nobody"), Sample("B2", None, "twice"),
                   Sample("B1", None, "x", Chemical("CCCCC")), Sample("", None)):
        assert list(LIST.named([sample])) == [sample]
    reject = Reject(Place("a.jdx", 1), "B1", "broken")
    assert list(LIST.named([reject])) == [reject]


def test_what_a_record_says_of_itself_is_kept() -> None:
    (found,) = LIST.named([Sample("B1", None, "x", Chemical("", "AAA", "propane", "74-98-6"))])
    assert isinstance(found, Sample)
    assert found.chemical == Chemical("CCC", "AAA", "propane", "74-98-6")
