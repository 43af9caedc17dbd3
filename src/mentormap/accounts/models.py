"""A person: one account serves a student, a mentor and an operator alike. And the address of their own calendar."""

import secrets
from typing import Any, ClassVar, Final
from uuid import uuid4

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

_BASIS_SALT: Final = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
_SEAL_SALT: Final = "mentormap.accounts.login_seal"


def new_login_seal() -> str:
    return secrets.token_urlsafe(16)


class UserManager(BaseUserManager["User"]):
    """Makes people by their email address, which is stored in lower case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    @transaction.atomic
    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Marks the address as verified: a login needs that, and a new site may not be able to send mail yet."""
        user = self.create_user(email, password, is_staff=True, is_superuser=True, **fields)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """`time_zone` is an IANA name, empty until known from the person or their browser; `locale` is a Babel locale.

    Logins and API tokens depend on `login_seal` only: a new seal ends them all, and each new password or address sets one. Until
    then, an account from an earlier version has as its seal what its logins depended on: its password hash, or that, a space and a seal.
    """

    email = models.EmailField("email address", unique=True)
    name = models.CharField(max_length=100)
    time_zone = models.CharField(max_length=64, blank=True, default="")
    locale = models.CharField(max_length=16, default="en")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("operator", default=False)
    is_demo = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)
    login_seal = models.CharField(max_length=160, default=new_login_seal, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        db_table = "users"

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]

    def check_password(self, raw_password: str | None) -> bool:
        """Upgrades an old hash as Django does, but only replaces that hash, never a new password."""

        def rehash(raw: str) -> None:
            old, self.password = self.password, make_password(raw)
            User.objects.filter(pk=self.pk, password=old).update(password=self.password)

        return check_password(raw_password, self.password, rehash)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Returns the hash that each login stores and each request compares. Logins from versions that hashed the password here stay valid."""
        basis, _, seal = self.login_seal.partition(" ")
        plain = salted_hmac(_BASIS_SALT, basis, secret=secret, algorithm="sha256").hexdigest()
        if not seal:
            return plain
        return salted_hmac(_SEAL_SALT, plain + seal, secret=secret, algorithm="sha256").hexdigest()


class AddressChange(models.Model):
    """The replacement of a verified address by another. `undone_at` is set when it, or an earlier change, is undone."""

    uid = models.UUIDField(default=uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="address_changes")
    old_email = models.EmailField()
    new_email = models.EmailField()
    changed_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.old_email} to {self.new_email}"


class FeedAddress(models.Model):
    """The secret in the address of a person's own calendar; without a row there is none.

    It is stored as it is, because its page shows it again for the next device. Its 256 bits cannot be guessed, and it opens
    what is in the same database.
    """

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="feed_address"
    )
    secret = models.CharField(max_length=43, unique=True)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Feed of {self.person}"


class Phone(models.Model):
    """A person's number, in E.164, empty once forgotten."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="phone")
    number = models.CharField(max_length=16, blank=True, default="")
    verified_at = models.DateTimeField(null=True, blank=True)
    code_hash = models.CharField(max_length=64, blank=True, default="")
    code_sent_at = models.DateTimeField(null=True, blank=True)
    code_tries = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"Phone of {self.user}"


class LimitCount(models.Model):
    """A count of one limited action in its window: accounts/limits.py."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.count} until {self.ends_at}"


class LoginCode(models.Model):
    """The seed of a mailed code, until the code is used: accounts/login_codes.py."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="login_code", primary_key=True)
    seed = models.CharField(max_length=32)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Login code of {self.user}"
