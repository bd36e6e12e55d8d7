"""Accounts: organisers are added by e-mail address and sign in by e-mailed code and second factor.

Who may change whom is a rule of accounts.permissions; every page here asks it.
"""

from typing import Any, ClassVar

# Registers what is taken away or replaced below, whichever app the admin looks into first.
import allauth.account.admin
import allauth.mfa.admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts import permissions, services
from accounts.models import User, normalise_email


class _OneAccountAnAddress:
    """Two spellings of one mailbox are one account."""

    def clean_email(self) -> str:
        email = normalise_email(self.cleaned_data["email"])  # type: ignore[attr-defined]
        if User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():  # type: ignore[attr-defined]
            raise ValidationError(_("There is an account with this address already."))
        return email


class NewUserForm(_OneAccountAnAddress, AdminUserCreationForm):
    """Without a password the person signs in by a code sent to the address."""

    # Django's word for it; most organisers never get a password.
    usable_password = forms.ChoiceField(
        label=_("Sign in by"),
        required=False,
        initial="false",
        choices={"false": _("e-mailed code (usual)"), "true": _("password")},
        widget=forms.RadioSelect(attrs={"class": "radiolist"}),
        help_text=_("Organisers need a second factor as well; they set it up when they first sign in."),
    )

    class Meta:
        model = User
        fields = ("email", "name", "is_staff")


class ChangedUserForm(_OneAccountAnAddress, UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"


# Addresses follow the account; a second factor is set up by its owner alone.
admin.site.unregister(EmailAddress)
admin.site.unregister(Authenticator)


@admin.register(Authenticator)
class SecondFactorAdmin(admin.ModelAdmin):
    """Lists second factors, so that the one of a lost telephone can be deleted; the owner then sets up a new one."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("user__email",)
    fields = ("user", "type", "created_at", "last_used_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Authenticator | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Authenticator | None = None) -> bool:
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or permissions.may_change_account(request.user, obj.user))

    def delete_model(self, request: HttpRequest, obj: Authenticator) -> None:
        services.remove_second_factor(obj, by=request.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Authenticator]) -> None:
        for factor in queryset.select_related("user"):
            services.remove_second_factor(factor, by=request.user)


admin.site.unregister(Group)


@admin.register(Group)
class RoleAdmin(DjangoGroupAdmin):
    """Roles of organisers. A plain list of permissions: the one with two columns cannot be read out."""

    filter_horizontal: ClassVar = []

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "permissions" and not request.user.is_superuser:
            # Nobody gives a right that they lack.
            kwargs["queryset"] = permissions.rights_of(request.user)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or permissions.may_change_role(request.user, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or permissions.may_change_role(request.user, obj))

    def save_model(self, request: HttpRequest, obj: Group, form: Any, change: bool) -> None:
        services.save_role(obj, by=request.user, changed=form.changed_data if change else [])

    def delete_model(self, request: HttpRequest, obj: Group) -> None:
        services.delete_role(obj, by=request.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Group]) -> None:
        for role in queryset:
            services.delete_role(role, by=request.user)


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    add_form = NewUserForm
    form = ChangedUserForm
    list_display = ("email", "name", "is_staff", "is_active", "last_login")
    list_filter = ("is_staff", "is_superuser", "is_active", "groups")
    search_fields = ("email", "name")
    ordering = ("email",)
    list_per_page = 100
    show_full_result_count = False
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal: ClassVar = []
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        (_("What they may do"), {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        (_("When"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "is_staff", "usable_password", "password1", "password2")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        # Who could raise rights, their own among them, would have them all.
        rights = () if request.user.is_superuser else ("is_superuser", "groups", "user_permissions")
        return (*self.readonly_fields, *rights)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or permissions.may_change_account(request.user, obj))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Unticking “active” ends an account; deleting it would blur the history."""
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"is_staff": True, **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        services.save_account(obj, by=request.user, changed=form.changed_data if change else [])

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        with transaction.atomic():
            before = self.get_object(request, unquote(id))
            response = super().user_change_password(request, id, form_url)
            account = User.objects.filter(pk=before.pk).first() if before else None
            if before and account and account.password != before.password:
                services.note_new_password(before, account, by=request.user)
        return response
