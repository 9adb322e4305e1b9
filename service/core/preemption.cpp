#include "service/core/preemption.h"

#include <algorithm>

#include "service/core/job_manager.h"
#include "service/core/node_tasks.h"
#include "service/core/placement.h"
#include "service/core/scheduler.h"
#include "service/core/tasks.h"

namespace dms::service {

namespace {

struct Victim {
  JobRecord* job;
  TaskRecord* task;
  int slots;
};

// The lowest priority goes first, and of that the one with the least work to lose.
bool goes_before(const Victim& a, const Victim& b) {
  if (a.job->priority() != b.job->priority()) return a.job->priority() < b.job->priority();
  return a.task->started > b.task->started;
}

// What a node can give: slots that are free or soon will be, and those of the victims.
struct Room {
  NodeKey key;
  const NodeRecord* node;
  int free;
  std::vector<Victim> victims;  // the first to be ended in front
};

bool gives_way(const JobRecord& job) {
  return job.wire.allow_task_preemption.value_or(false) && job.counts.running > 0;
}

// The task whose current run this is.
TaskRecord* current_task(Core& core, const NodeKey& key, const agent::RunRef& run,
                         JobRecord*& job) {
  job = run.kind == agent::RunKind::task ? core.find_job({run.job_id}) : nullptr;
  TaskRecord* task = job ? core.find_task(job->id(), {run.task_id}) : nullptr;
  if (!task || task->sequence != run.incarnation) return nullptr;
  const bool current = task->instances ? is_instance_of(*task, key, run)
                                       : task->state == batch::TaskState::running &&
                                             task->attempt == run.attempt && task->node == key;
  return current ? task : nullptr;
}

Room room_of(Core& core, const NodeKey& key, const NodeRecord& node) {
  Room room{key, &node, node.slots - node.used_slots, {}};
  for (const auto& [run, since] : node.runs) {
    JobRecord* job = nullptr;
    TaskRecord* task = current_task(core, key, run, job);
    if (run.kind == agent::RunKind::task && !task) room.free += run.required_slots;
    if (task && gives_way(*job)) room.victims.push_back({job, task, run.required_slots});
  }
  std::sort(room.victims.begin(), room.victims.end(), goes_before);
  return room;
}

std::vector<Room> rooms_of(Core& core, const PoolRecord& pool) {
  std::vector<Room> rooms;
  for (const auto& [id, node] : pool.nodes)
    if (node.takes_tasks()) rooms.push_back(room_of(core, {pool.id(), id}, node));
  return rooms;
}

// How many of the room's victims must go for this many slots.
std::optional<std::size_t> victims_for(const Room& room, int slots, int priority) {
  int free = room.free;
  for (std::size_t count = 0;; ++count) {
    if (free >= slots) return count;
    if (count == room.victims.size() || room.victims[count].job->priority() >= priority)
      return std::nullopt;
    free += room.victims[count].slots;
  }
}

// Fewer victims are better; of as many, those whose last one loses less.
bool is_better(const Room& a, std::size_t of_a, const Room& b, std::size_t of_b) {
  if (of_a != of_b || of_a == 0) return of_a < of_b;
  return goes_before(a.victims[of_a - 1], b.victims[of_b - 1]);
}

// The room with the fewest victims, not among those that are taken; one that needs none is best.
Room* best_room(std::vector<Room>& rooms, const JobRecord& job, const TaskRecord& task,
                const std::set<const Room*>& taken) {
  Room* best = nullptr;
  std::size_t fewest = 0;
  for (Room& room : rooms) {
    const int slots = slots_on(job, task, *room.node);
    if (taken.contains(&room)) continue;
    const bool able =
        suits(job, task, *room.node) && !is_barred(job, room.key) && slots <= room.node->slots;
    const auto count = able ? victims_for(room, slots, job.priority()) : std::nullopt;
    if (!count || (best && !is_better(room, *count, *best, fewest))) continue;
    best = &room;
    fewest = *count;
  }
  return best;
}

// A room for each instance of the task; none when there are too few.
std::set<Room*> best_rooms(std::vector<Room>& rooms, const JobRecord& job, const TaskRecord& task) {
  std::set<Room*> found;
  while (static_cast<int>(found.size()) < instance_count(task)) {
    Room* room = best_room(rooms, job, task, {found.begin(), found.end()});
    if (!room) return {};
    found.insert(room);
  }
  return found;
}

void make_room(Effects& out, Room& room, const JobRecord& job, const TaskRecord& task,
               Timestamp now) {
  const int slots = slots_on(job, task, *room.node);
  const std::size_t count = *victims_for(room, slots, job.priority());
  for (std::size_t i = 0; i < count; ++i) {
    room.free += room.victims[i].slots;
    // An instance of a task has gone with the first of them.
    if (room.victims[i].task->state == batch::TaskState::running)
      interrupt_task(out, *room.victims[i].job, *room.victims[i].task, now);
  }
  room.victims.erase(room.victims.begin(),
                     room.victims.begin() + static_cast<std::ptrdiff_t>(count));
  room.free -= slots;
}

// A job's tasks wait in their order: the first that finds no room lets the rest wait too, but for
// one that the pool is too small for.
void make_room_for(Effects& out, const PoolRecord& pool, std::vector<Room>& rooms,
                   const JobRecord& job, Timestamp now) {
  const auto limit = job.wire.max_parallel_tasks.value_or(-1);
  int running = job.counts.running;
  for (const auto& [sequence, task] : job.queue) {
    if (task->instances && !is_large_enough(pool, job, *task)) continue;
    if (limit >= 0 && running++ >= limit) return;
    const auto found = best_rooms(rooms, job, *task);
    if (found.empty()) return;
    for (Room* room : found) make_room(out, *room, job, *task, now);
  }
}

}  // namespace

bool waits_for_room(Core& core, const PoolRecord& pool, const JobRecord& job) {
  std::vector<Room> rooms = rooms_of(core, pool);
  return !best_rooms(rooms, job, *job.queue.begin()->second).empty();
}

void preempt(Core& core, Effects& out, PoolRecord& pool, Timestamp now) {
  if (std::none_of(core.jobs.begin(), core.jobs.end(),
                   [](const auto& entry) { return gives_way(entry.second); }))
    return;
  const auto jobs = waiting_jobs(core, pool.id());
  if (jobs.empty()) return;
  std::vector<Room> rooms = rooms_of(core, pool);
  const bool possible = std::any_of(rooms.begin(), rooms.end(), [&](const Room& room) {
    return !room.victims.empty() && room.victims[0].job->priority() < jobs[0]->priority();
  });
  if (!possible) return;
  for (const JobRecord* job : jobs) make_room_for(out, pool, rooms, *job, now);
}

}  // namespace dms::service
