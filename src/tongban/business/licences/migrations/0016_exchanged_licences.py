from django.db import migrations, models


class Migration(migrations.Migration):
    """
    Licences go between nodes by the exchange: their own numbered stream ends. A first snapshot brings what is known anew.
    """

    dependencies = [("licences", "0015_foreign_uses")]

    operations = [
        migrations.DeleteModel(name="PeerDay"),
        migrations.DeleteModel(name="PeerEntry"),
        migrations.DeleteModel(name="PeerFeed"),
        migrations.DeleteModel(name="PeerReceipt"),
        migrations.RemoveField(model_name="peersource", name="position"),
        migrations.AddField(
            model_name="peerlicence",
            name="taken_from",
            field=models.CharField(default="", max_length=12, verbose_name="告知节点"),
        ),
        migrations.AddField(
            model_name="peertype",
            name="taken_from",
            field=models.CharField(default="", max_length=12, verbose_name="告知节点"),
        ),
        migrations.AddIndex(
            model_name="peerlicence",
            index=models.Index(fields=["taken_from", "entry_number"], name="licence_peer_told"),
        ),
    ]
