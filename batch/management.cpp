#include "batch/management.h"

#include <fmt/format.h>

#include <functional>

#include "batch/errors.h"
#include "batch/wire_management.h"

namespace dms::batch {
namespace {

constexpr std::string_view management_version = "2024-02-01";

Url url_of(Url endpoint, const std::string& path) {
  while (endpoint.path.ends_with('/')) endpoint.path.pop_back();
  endpoint.path += path;
  endpoint.query = format_query({{"api-version", std::string(management_version)}});
  return endpoint;
}

Result<Response> exchange(Transport& transport, const Request& request, std::stop_token stop) {
  DMS_TRY(Response response, transport.send(request, std::move(stop)));
  if (response.status / 100 == 2) return response;
  Error error = error_of_response(response);
  if (const auto body = decode<ArmErrorBody>(response.body); body && !body->error.code.empty()) {
    error.service_code = body->error.code;
    error.message = fmt::format("{}: {}", body->error.code, body->error.message);
  }
  return error;
}

Status each_resource(Transport& transport, Url url, std::stop_token stop,
                     const std::function<void(const ArmResource&)>& each) {
  while (true) {
    DMS_TRY(const Response response, exchange(transport, {.url = url}, stop));
    DMS_TRY(const auto page, decode<ArmResourceList>(response.body));
    for (const ArmResource& one : page.value) each(one);
    if (!page.next_link || page.next_link->empty()) return ok();
    DMS_TRY(url, Url::parse(*page.next_link).context("the next page of a list"));
  }
}

}  // namespace

Result<Management> Management::find(Url endpoint, std::string_view subscription,
                                    std::string_view account, Transport& transport,
                                    std::stop_token stop) {
  const Url accounts =
      url_of(endpoint, fmt::format("/subscriptions/{}/providers/Microsoft.Batch/batchAccounts",
                                   percent_encode(subscription)));
  std::string id;
  DMS_CHECK(each_resource(transport, accounts, stop, [&](const ArmResource& one) {
              if (one.id && equal_ignoring_case(one.name.value_or(""), account)) id = *one.id;
            }).context("looking for the Batch account"));
  if (id.empty())
    return fail(Code::not_found,
                fmt::format("subscription {} has no Batch account {}, or none that this identity "
                            "may see",
                            subscription, account));
  return Management(std::move(endpoint), std::move(id), transport, std::move(stop));
}

std::string Management::application_path(std::string_view application) const {
  return fmt::format("{}/applications/{}", account_id_, percent_encode(application));
}

std::string Management::package_path(std::string_view application, std::string_view version) const {
  return fmt::format("{}/versions/{}", application_path(application), percent_encode(version));
}

Result<Response> Management::send(std::string_view method, const std::string& path,
                                  std::string body) {
  Request request{.method = std::string(method), .url = url_of(endpoint_, path)};
  if (!body.empty()) request.headers.set("Content-Type", "application/json");
  request.body = std::move(body);
  return exchange(*transport_, request, stop_);
}

Result<std::string> Management::begin_package(std::string_view application,
                                              std::string_view version) {
  const std::string path = application_path(application);
  if (const auto seen = send("GET", path); !seen) {
    if (seen.error().code != Code::not_found) return seen.error();
    DMS_CHECK(send("PUT", path, encode(ArmApplication{.properties = {.allow_updates = true}}))
                  .context("making the application"));
  }
  DMS_TRY(const Response response, send("PUT", package_path(application, version), "{}"));
  DMS_TRY(const auto package, decode<ArmPackage>(response.body));
  if (!package.properties.storage_url)
    return fail(Code::internal, "the service did not say where the package is to be written");
  return *package.properties.storage_url;
}

Status Management::activate_package(std::string_view application, std::string_view version) {
  DMS_CHECK(
      send("POST", package_path(application, version) + "/activate", encode(ArmActivation{})));
  return ok();
}

Status Management::set_default_version(std::string_view application, std::string_view version) {
  const ArmApplication change{.properties = {.default_version = std::string(version)}};
  DMS_CHECK(send("PATCH", application_path(application), encode(change)));
  return ok();
}

Status Management::delete_package(std::string_view application, std::string_view version) {
  DMS_TRY(const Response response, send("DELETE", package_path(application, version)));
  // The management plane answers 204 for what was not there.
  if (response.status == 204)
    return fail(Code::not_found,
                fmt::format("application {} has no version {}", application, version));
  return ok();
}

Status Management::delete_application(std::string_view application) {
  std::vector<std::string> versions;
  DMS_CHECK(each_resource(*transport_,
                          url_of(endpoint_, application_path(application) + "/versions"), stop_,
                          [&](const ArmResource& one) {
                            if (one.name) versions.push_back(*one.name);
                          }));
  for (const std::string& version : versions)
    DMS_CHECK(send("DELETE", package_path(application, version)));
  DMS_CHECK(send("DELETE", application_path(application)));
  return ok();
}

}  // namespace dms::batch
