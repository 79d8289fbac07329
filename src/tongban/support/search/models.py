"""
The index: names once, and the offerings that bear them.

Half a million offerings bear some ten thousand different names, because an item of the national directory is offered
by every district. Words, pinyin and trigrams are therefore kept once for a name, and a search touches names first.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Left

from tongban.support.search.values import LexiconKind, LexiconSource, SearchKind

PREFIX_CHARACTERS = 60


class SearchName(models.Model):
    """
    名称: a name, with the other names that mean the same, as many offerings may bear it.

    `words` holds no weights: a search by weight makes PostgreSQL look at every row again (measured: 19 ms for 3 ms).
    Every change of a row writes all its indexes anew, so nothing is kept here that changes often: `demand` is the
    greatest popularity of an offering in half decades.
    """

    digest = models.BinaryField("名称摘要", max_length=16, unique=True)
    folded = models.TextField("规范化名称", db_collation="C")
    related = models.TextField("相关名称", default="", db_collation="C")
    pinyin = models.TextField("全拼", db_collation="C")
    initials = models.TextField("首字母", db_collation="C")
    words = SearchVectorField("词")
    demand = models.PositiveSmallIntegerField("热度级别", default=0)
    is_offered = models.BooleanField("有可检索对象", default=True)
    prior = models.FloatField("先验排序值", default=0)

    class Meta:
        indexes = [
            GinIndex("words", name="search_name_words"),
            GinIndex(OpClass("pinyin", name="gin_trgm_ops"), name="search_name_pinyin"),
            GinIndex(OpClass("initials", name="gin_trgm_ops"), name="search_name_initials"),
            GinIndex(OpClass("folded", name="gin_trgm_ops"), name="search_name_trigrams"),
            # As-you-type: names, pinyin and initials that begin with what was typed.
            models.Index(Left("folded", PREFIX_CHARACTERS), name="search_name_prefix"),
            models.Index(Left("pinyin", PREFIX_CHARACTERS), name="search_name_pinyin_prefix"),
            models.Index(Left("initials", PREFIX_CHARACTERS), name="search_name_initials_prefix"),
            # Very common words: the best names first, until there are enough.
            models.Index(fields=["-prior", "id"], name="search_name_prior"),
        ]

    def __str__(self) -> str:
        return self.folded


class SearchItem(models.Model):
    """
    检索对象: one document that can be found.
    """

    kind = models.CharField("类别", max_length=8, choices=SearchKind, db_collation="C")
    ref_code = models.CharField("引用编码", max_length=80, db_collation="C")
    search_name = models.ForeignKey(SearchName, on_delete=models.PROTECT, related_name="+", db_index=False)
    digest = models.BinaryField("内容摘要", max_length=16)
    name = models.TextField("名称")
    name_en = models.TextField("英文名称", default="")
    agency_name = models.TextField("实施机构", default="")
    agency_code = models.CharField("实施机构编码", max_length=50, default="", db_collation="C")
    division_code = models.CharField("行政区划代码", max_length=12, default="", db_collation="C")
    audiences = ArrayField(models.CharField(max_length=16), verbose_name="服务对象", default=list)
    themes = ArrayField(models.CharField(max_length=32), verbose_name="主题", default=list)
    online_depth = models.PositiveSmallIntegerField("网上办理深度", default=0)
    popularity = models.PositiveIntegerField("热度", default=0)
    is_active = models.BooleanField("可检索", default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "ref_code"], name="search_item_kind_ref_code")]
        indexes = [
            # The offerings of a name, the most wanted first; and those of a division's subtree.
            models.Index(
                fields=["search_name", "-popularity", "id"],
                condition=models.Q(is_active=True),
                name="search_item_of_name",
            ),
            models.Index(
                fields=["search_name", "division_code"],
                condition=models.Q(is_active=True),
                name="search_item_in_division",
            ),
        ]

    def __str__(self) -> str:
        return self.ref_code


class SearchCode(models.Model):
    """
    编码: a code that people may type for a document.
    """

    item = models.ForeignKey(SearchItem, on_delete=models.CASCADE, related_name="+")
    code = models.CharField("编码", max_length=80, db_collation="C")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "item"], name="search_code_item")]

    def __str__(self) -> str:
        return self.code


class SearchBody(models.Model):
    """
    正文: the words of a document's guide, apart from its row so that lists of results stay narrow.
    """

    item = models.OneToOneField(SearchItem, on_delete=models.CASCADE, primary_key=True, related_name="+")
    words = SearchVectorField("词")

    class Meta:
        indexes = [GinIndex("words", name="search_body_words")]

    def __str__(self) -> str:
        return str(self.pk)


class SearchWord(models.Model):
    """
    词汇: a word of the names, and how many names hold it.
    """

    word = models.CharField("词", max_length=60, primary_key=True, db_collation="C")
    names = models.IntegerField("含该词的名称数", default=0)

    def __str__(self) -> str:
        return self.word


class LexiconEntry(models.Model):
    """
    词条: an everyday phrase and what it stands for.
    """

    kind = models.CharField("类别", max_length=8, choices=LexiconKind)
    phrase = models.CharField("说法", max_length=60)
    targets = models.JSONField("对应的规范用语", default=list)
    intent = models.CharField("办事意图", max_length=40, default="", blank=True)
    source = models.CharField("来源", max_length=8, choices=LexiconSource, default=LexiconSource.STAFF)
    is_enabled = models.BooleanField("启用", default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "phrase"], name="search_lexicon_kind_phrase")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.phrase}"


class SearchState(models.Model):
    """
    检索状态: one row; its number grows whenever processes must read lexicon and vocabulary again.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    generation = models.BigIntegerField("版本", default=1)

    class Meta:
        constraints = [models.CheckConstraint(name="search_state_is_one_row", condition=models.Q(id=1))]

    def __str__(self) -> str:
        return str(self.generation)


class SearchLogEntry(models.Model):
    """
    检索记录: a query and what it found, counted by day; nothing about who asked.
    """

    query = models.CharField("检索词", max_length=100)
    day = models.DateField("日期")
    division_code = models.CharField("限定区划", max_length=12, default="", db_collation="C")
    count = models.PositiveIntegerField("次数", default=0)
    results = models.PositiveIntegerField("最近一次结果数", default=0)
    last_at = models.DateTimeField("最近一次时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["query", "day", "division_code"], name="search_log_query_day")
        ]
        indexes = [
            # The report of searches that found nothing reads these only.
            models.Index(
                fields=["day", "query"], condition=models.Q(results=0), name="search_log_unanswered"
            ),
        ]

    def __str__(self) -> str:
        return self.query
