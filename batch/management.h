// The application packages of a Batch account of Azure, which its management plane keeps: the data
// plane only lists them.
//
// Source: Batch Management REST API 2024-02-01.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "core/http.h"
#include "core/result.h"

namespace dms::batch {

// One account's applications. Requests are idempotent, so that each may be sent again.
//
// One thread. Errors: those of the transport; permission when the identity has no role on the
// account (Contributor, or one with Microsoft.Batch/batchAccounts/applications/*); the service's
// own with their codes.
class Management {
 public:
  // `endpoint` is the cloud's ("https://management.azure.com"); `transport` signs in there.
  // Finds the account's resource group among those of the subscription.
  // Errors: not_found when the subscription has no such Batch account.
  // Requires: `transport` outlives this.
  static Result<Management> find(Url endpoint, std::string_view subscription,
                                 std::string_view account, Transport& transport,
                                 std::stop_token stop = {});

  // Makes application and version where they are missing and returns where its archive is to be
  // written: a URL with a SAS, a secret. A version that is there is replaced.
  Result<std::string> begin_package(std::string_view application, std::string_view version);
  // Tells the service that the archive, a zip, is there. Nodes can have the version from then on.
  Status activate_package(std::string_view application, std::string_view version);
  Status set_default_version(std::string_view application, std::string_view version);
  // Errors: not_found.
  Status delete_package(std::string_view application, std::string_view version);
  // Deletes all versions, then the application.
  Status delete_application(std::string_view application);

  // "/subscriptions/…/resourceGroups/…/providers/Microsoft.Batch/batchAccounts/…"
  const std::string& account_id() const { return account_id_; }

 private:
  Management(Url endpoint, std::string account_id, Transport& transport, std::stop_token stop)
      : endpoint_(std::move(endpoint)),
        account_id_(std::move(account_id)),
        transport_(&transport),
        stop_(std::move(stop)) {}

  std::string application_path(std::string_view application) const;
  std::string package_path(std::string_view application, std::string_view version) const;
  Result<Response> send(std::string_view method, const std::string& path, std::string body = {});

  Url endpoint_;
  std::string account_id_;
  Transport* transport_;
  std::stop_token stop_;
};

}  // namespace dms::batch
