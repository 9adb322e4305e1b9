#include "cli/job_file_report.h"

#include <fmt/format.h>

#include "core/http.h"
#include "core/loopback.h"

namespace dms::cli {
namespace {

std::string keys_of(const models::JobFile& job) {
  return fmt::format("the environment's keys for {}", job.batch_account_name);
}

// The account of the job file, when the environment has keys for it.
std::optional<Config> config_of(const models::JobFile& job, const Environment& environment) {
  const auto batch_key = environment("BATCH_ACCOUNT_KEY");
  const auto storage_key = environment("STORAGE_ACCOUNT_KEY");
  const bool signs_in = (batch_key && !batch_key->empty()) || job.signs_in_by_entra;
  if (!signs_in || !storage_key || storage_key->empty()) return std::nullopt;
  Config config{.batch_account_name = job.batch_account_name,
                .batch_account_key = batch_key.value_or(""),
                .batch_account_url = fmt::format("https://{}.{}.batch.azure.com",
                                                 job.batch_account_name, job.location),
                .storage_account_name = job.storage_account_name,
                .storage_account_key = *storage_key,
                .source_path = keys_of(job)};
  if (job.signs_in_by_entra) config.auth_mode = AuthMode::aad;
  return config;
}

Status check_account(const models::JobFile& job, const Config& config) {
  const bool same = config.batch_account_name == job.batch_account_name &&
                    config.storage_account_name == job.storage_account_name;
  if (same) return ok();
  return fail(
      Code::invalid_argument,
      fmt::format("{} is for the accounts {} and {}, but {} is those of {} and {}",
                  job.source->name, job.batch_account_name, job.storage_account_name,
                  config.source_path, config.batch_account_name, config.storage_account_name));
}

Result<models::JobFile> load(const std::string& path, const std::string& template_dir,
                             const Invocation& invocation) {
  DMS_TRY(models::JobFile job, models::load_job_file(path, {.template_dir = template_dir,
                                                            .now = invocation.clock.now()}));
  print_notes(job);
  return job;
}

}  // namespace

Status validate_job_file(const std::string& path, const std::string& template_dir,
                         const Invocation& invocation) {
  DMS_TRY(const models::JobFile job, load(path, template_dir, invocation));
  DMS_CHECK(models::check_names(job, models::make_names(job, "", invocation.clock.now())));
  if (invocation.json)
    fmt::print("{{\"valid\":true,\"template\":\"{}\",\"tasks\":{}}}\n", job.used.name,
               job.points.size());
  else
    fmt::print("{} is valid: job {} of template {}, {} task{}\n", path, job.job_name, job.used.name,
               job.points.size(), job.points.size() == 1 ? "" : "s");
  return ok();
}

Status plan_job_file(const std::string& path, const std::string& template_dir,
                     std::uint64_t tasks_shown, const Invocation& invocation) {
  DMS_TRY(const models::JobFile job, load(path, template_dir, invocation));
  const models::JobPlace place{.names = models::make_names(job, "", invocation.clock.now()),
                               .inputs_url = "<" + job.storage_container_name + ">",
                               .outputs_url = "<" + job.storage_container_name + ">",
                               .keeps_scripts = !job.scripts_hold_sas};
  DMS_CHECK(models::check_names(job, place.names));
  DMS_TRY(const batch::Pool pool,
          models::make_pool(job, place.names.pool_id, models::Where::azure));
  std::string tasks;
  for (std::uint64_t index = 0; index < std::min(tasks_shown, job.points.size()); ++index) {
    DMS_TRY(const batch::Task task, models::make_task(job, index, place));
    DMS_TRY(models::TaskValues values, models::values_of_task(job, index, place.names));
    DMS_TRY(const auto* command, values.get("main_command"));
    if (invocation.json)
      tasks += (tasks.empty() ? "" : ",") + encode(task);
    else
      tasks += fmt::format("{}\n  {}\n", task.id, models::value_text(*command));
  }
  if (invocation.json) {
    fmt::print("{{\"jobId\":\"{}\",\"pool\":{},\"tasks\":[{}]}}\n", place.names.job_id,
               encode(pool), tasks);
    return ok();
  }
  fmt::print("job {}: {} task{} on pool {}, {} × {} slots\n{}", place.names.job_id,
             job.points.size(), job.points.size() == 1 ? "" : "s", place.names.pool_id,
             pool.vm_size, pool.task_slots_per_node.value_or(1), tasks);
  return ok();
}

void print_notes(const models::JobFile& job) {
  for (const std::string& note : job.notes) fmt::print(stderr, "note: {}\n", note);
}

models::Where where_is(const Connection& connection) {
  const auto url = Url::parse(connection.config.batch_account_url);
  return url && is_loopback(url->host) ? models::Where::this_machine : models::Where::azure;
}

Result<Connection> connect_for(const models::JobFile& job, const Invocation& invocation,
                               std::stop_token stop) {
  const bool named = named_config(invocation.config_file).has_value();
  if (!named)
    if (auto config = config_of(job, process_environment))
      return connect(std::move(*config), invocation, Accounts::both, stop);
  DMS_TRY(Connection connection, connect(invocation, Accounts::both, stop));
  if (where_is(connection) == models::Where::azure)
    DMS_CHECK(check_account(job, connection.config));
  else
    fmt::print(stderr, "note: the service on this machine takes the place of account {}\n",
               job.batch_account_name);
  return connection;
}

}  // namespace dms::cli
