// Who may do what: SharedKey, service and account SAS, and containers open to everybody.
#pragma once

#include "blob/sas.h"
#include "core/signing.h"

namespace dms::service {

// What a request was let in by. The account's key opens everything; a SAS opens what it says, one
// of the account also containers themselves; nobody may read what a container shows to the public.
struct Access {
  enum class Kind { account, sas, anonymous } kind = Kind::anonymous;
  blob::SasFields sas;
};

// Whether a signature of the query follows a stored access policy.
bool follows_policy(const Query& query);

// Judges who asks, not yet what for: signature, time and protocol. The policies of `use` are looked
// at for a signature that follows one.
// Errors: permission with the Blob service's codes.
Result<Access> identify(const Request& request, const Query& query, const SharedKey& key,
                        const blob::SasUse& use);

// Whether `access` covers an operation for which one of `letters` is enough.
Status check_access(const Access& access, std::string_view letters);
// The same of an operation on a container itself, which no service SAS opens.
Status check_container_access(const Access& access, std::string_view account_letters);
// The same of an operation that no signature opens at all.
Status check_owner(const Access& access);

}  // namespace dms::service
