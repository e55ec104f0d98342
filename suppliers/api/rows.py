"""How the API shows requests: one set of classes for our people, another for the supplier's. They share nothing."""

from __future__ import annotations

from rest_framework import serializers

from suppliers.models import CorrectiveActionRequest, Evidence, Message, Stage, Submission


class AnswerRow(serializers.ModelSerializer[Submission]):
    submitted_by = serializers.CharField(source="submitted_by.username")
    decided_by = serializers.CharField(source="decided_by.username", default=None, allow_null=True)
    answers = serializers.DictField(help_text="By the names of the stage's questions.")

    class Meta:
        model = Submission
        fields = [
            "version", "answers", "submitted_by", "submitted_at", "decision", "decided_by", "decided_at", "reason",
        ]  # fmt: skip
        read_only_fields = fields


class StageRow(serializers.ModelSerializer[Stage]):
    submissions = AnswerRow(many=True)

    class Meta:
        model = Stage
        fields = ["id", "code", "status", "answer_due_at", "submissions"]
        read_only_fields = fields


class MessageRow(serializers.ModelSerializer[Message]):
    by = serializers.CharField(source="by.username")

    class Meta:
        model = Message
        fields = ["by", "at", "text"]
        read_only_fields = fields


class FileRow(serializers.ModelSerializer[Evidence]):
    stage = serializers.CharField(source="stage.code", default=None, allow_null=True)
    uploaded_by = serializers.CharField(source="uploaded_by.username")

    class Meta:
        model = Evidence
        fields = ["uuid", "name", "content_type", "size", "stage", "uploaded_by"]
        read_only_fields = fields


class RequestRow(serializers.ModelSerializer[CorrectiveActionRequest]):
    plant = serializers.CharField(source="plant.code")
    supplier = serializers.CharField(source="supplier.code")
    case = serializers.CharField(source="nonconformance.number")
    contact = serializers.CharField(source="contact.username", default=None, allow_null=True)
    issued_by = serializers.CharField(source="issued_by.username", default=None, allow_null=True)

    class Meta:
        model = CorrectiveActionRequest
        fields = [
            "id", "number", "client_uuid", "version", "plant", "supplier", "case", "status", "severity", "title",
            "part_number", "lots", "quantity_affected", "contact", "issued_by", "issued_at", "closed_at",
        ]  # fmt: skip
        read_only_fields = fields


class RequestDetail(RequestRow):
    stages = StageRow(many=True)
    messages = MessageRow(many=True)
    files = FileRow(source="evidence", many=True)

    class Meta(RequestRow.Meta):
        fields = [
            *RequestRow.Meta.fields, "problem", "expected", "dispute_reason", "close_reason", "stages", "messages",
            "files",
        ]  # fmt: skip
        read_only_fields = fields


class OwnAnswer(serializers.ModelSerializer[Submission]):
    answers = serializers.DictField(help_text="By the names of the stage's questions.")

    class Meta:
        model = Submission
        fields = ["version", "answers", "submitted_at", "decision", "reason"]
        read_only_fields = fields


class OwnStage(serializers.ModelSerializer[Stage]):
    answers = OwnAnswer(source="submissions", many=True)
    draft = serializers.DictField(help_text="What was saved and not sent.")

    class Meta:
        model = Stage
        fields = ["code", "status", "answer_due_at", "draft", "answers"]
        read_only_fields = fields


class OwnMessage(serializers.ModelSerializer[Message]):
    by = serializers.CharField()

    class Meta:
        model = Message
        fields = ["by", "at", "text"]
        read_only_fields = fields


class OwnFile(serializers.ModelSerializer[Evidence]):
    class Meta:
        model = Evidence
        fields = ["uuid", "name", "content_type", "size"]
        read_only_fields = fields


class OwnRequestRow(serializers.ModelSerializer[CorrectiveActionRequest]):
    asked_by = serializers.CharField(source="issued_by", default=None, allow_null=True)
    plant = serializers.CharField(source="plant.name")

    class Meta:
        model = CorrectiveActionRequest
        fields = ["id", "number", "status", "severity", "title", "part_number", "plant", "asked_by", "issued_at"]
        read_only_fields = fields


class OwnRequestDetail(serializers.ModelSerializer[CorrectiveActionRequest]):
    asked_by = serializers.CharField(source="issued_by", default=None, allow_null=True)
    plant = serializers.CharField(source="plant.name")
    stages = OwnStage(many=True)
    messages = OwnMessage(many=True)
    files = OwnFile(source="evidence", many=True)
    close_reason = serializers.SerializerMethodField(help_text="Why it was taken back; empty otherwise.")

    class Meta:
        model = CorrectiveActionRequest
        fields = [
            "id", "number", "status", "severity", "title", "problem", "expected", "part_number", "lots",
            "quantity_affected", "plant", "asked_by", "issued_at", "dispute_reason", "close_reason", "stages",
            "messages", "files",
        ]  # fmt: skip
        read_only_fields = fields

    def get_close_reason(self, row: CorrectiveActionRequest) -> str:
        """What a supplier was told; the reason of a closed request is ours."""
        return row.close_reason if row.status == row.Status.CANCELLED else ""
