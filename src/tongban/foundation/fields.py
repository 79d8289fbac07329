"""
Columns that hold sealed personal data.

They refuse every look-up but `isnull`: find rows by a `BlindIndexField` beside them.
"""

import json
from typing import Any

from django.core.exceptions import FieldError
from django.db import models
from django.db.models.lookups import Exact, In, IsNull

from tongban.foundation import crypto


class SealedTextField(models.BinaryField):  # type: ignore[type-arg]
    """
    Text, encrypted by SM4-GCM; the database holds ciphertext only.

    :param context: name of the place, part of the authenticated data, e.g. "identity.person.name"
    """

    def __init__(self, *args: Any, context: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)
        self.context = context

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "context": self.context}

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return IsNull
        raise FieldError(f"{self.context} is sealed: only isnull can be asked of it")

    def from_db_value(self, value: Any, expression: object, connection: object) -> Any:
        return None if value is None else self.decode(crypto.unseal(bytes(value), context=self.context))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:  # noqa: FBT001, FBT002
        if value is None:
            return None
        return super().get_db_prep_value(
            crypto.seal(self.encode(value), context=self.context), connection, prepared
        )

    def encode(self, value: Any) -> bytes:
        """
        Return the bytes to be sealed.
        """
        return str(value).encode()

    def decode(self, plaintext: bytes) -> Any:
        """
        Return the value that `encode` was given.
        """
        return plaintext.decode()


class SealedJSONField(SealedTextField):
    """
    A JSON value, encrypted as a whole.
    """

    def encode(self, value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=False).encode()

    def decode(self, plaintext: bytes) -> Any:
        return json.loads(plaintext)


class BlindIndexField(models.BinaryField):  # type: ignore[type-arg]
    """
    Keyed digest of a sealed value: equality can be asked, nothing can be read. 16 bytes, made by the service.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("editable", False)
        kwargs.setdefault("max_length", crypto.BLIND_INDEX_BYTES)
        super().__init__(*args, **kwargs)

    def get_lookup(self, lookup_name: str) -> Any:
        return {"exact": UnderAnyRoot, "in": AmongAnyRoot}.get(lookup_name) or super().get_lookup(lookup_name)


class UnderAnyRoot(Exact):
    """
    Equality of blind indexes; while the root key changes, a row is found under the old and under the new one.
    """

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        others = getattr(self.rhs, "others", ())
        if not others:
            return super().as_sql(compiler, connection)
        left, params = self.process_lhs(compiler, connection)
        values = crypto.all_forms(self.rhs)
        return f"{left} IN ({', '.join(['%s'] * len(values))})", [*params, *values]


class AmongAnyRoot(In):
    """
    One of several blind indexes, each under the old and under the new root while they change.
    """

    def get_prep_lookup(self) -> Any:
        if self.rhs_is_direct_value():
            self.rhs = [form for index in self.rhs for form in crypto.all_forms(index)]
        return super().get_prep_lookup()
