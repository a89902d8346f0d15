#include "hil/script/script.h"

#include <algorithm>
#include <set>

#include "hil/script/decode.h"

namespace hil::script {
namespace {

constexpr size_t kStepLimit = 2000;

std::vector<std::string_view> port_choices() {
  std::vector<std::string_view> names;
  for (const PortName& port : kPorts) names.push_back(port.name);
  return names;
}

/// What the step does, in a few words, from what was written.
std::string default_name(const Kind& kind, const Form& form, const YAML::Node& value) {
  std::string detail;
  if (value.IsScalar()) detail = value.Scalar();
  if (value.IsMap()) {
    for (const auto& pair : value)
      if (pair.first.IsScalar() && pair.first.Scalar() == form.head && pair.second.IsScalar())
        detail = pair.second.Scalar();
    const bool spell_head = &form != &kind.forms.front();
    if (spell_head) detail = std::string(form.head) + (detail.empty() ? "" : " " + detail);
  }
  std::string name = std::string(kind.name) + " " + detail;
  while (!name.empty() && (name.back() == '\n' || name.back() == ' ')) name.pop_back();
  return name.size() > 100 ? name.substr(0, 97) + "..." : name;
}

class Reader {
 public:
  Reader(const Sources& sources, std::span<const Kind> kinds, Problems& problems)
      : kinds_(kinds), problems_(problems), context_{problems}, checking_{problems} {
    context_.folders = {sources.file.parent_path().empty() ? "." : sources.file.parent_path(), "."};
    if (!sources.artifacts.empty()) context_.folders.push_back(sources.artifacts);
    checking_.board = sources.board;
    plan_.file = sources.file;
  }

  Plan read(const YAML::Node& root) {
    read_head(root);
    const YAML::Node steps = root["steps"];
    if (!steps.IsDefined()) return plan_;  // reported with the head
    if (!steps.IsSequence() || steps.size() == 0) {
      problems_.add(mark_of(steps), "`steps` is a list with one `- kind: arguments` per step");
    } else if (steps.size() > kStepLimit) {
      problems_.add(mark_of(steps), "`steps` has more than 2000 entries; split the script");
    } else {
      for (const YAML::Node& entry : steps) read_entry(entry);
    }
    return plan_;
  }

 private:
  /// All keys but `steps`, whose entries are read by their own kinds' declarations.
  void read_head(const YAML::Node& root) {
    Arguments values;
    std::vector<std::string_view> names;
    for (const Argument& key : script_keys()) names.push_back(key.name);
    std::set<std::string> seen;
    for (const auto& pair : root) {
      const std::string key = pair.first.IsScalar() ? pair.first.Scalar() : "";
      const auto argument = std::find_if(script_keys().begin(), script_keys().end(),
                                         [&](const Argument& a) { return a.name == key; });
      if (!seen.insert(key).second)
        problems_.add(mark_of(pair.first), ticked(key) + " is written twice; remove one");
      else if (argument == script_keys().end())
        problems_.add(mark_of(pair.first),
                      "a script has no key " + ticked(key) + suggestion(key, names));
      else if (key == "steps")
        continue;
      else if (auto value = decode_value(pair.second, *argument, context_))
        values.set(argument->name, *std::move(value), mark_of(pair.second));
    }
    for (const Argument& key : script_keys())
      if (key.required && !seen.contains(std::string(key.name)))
        problems_.add(mark_of(root), "the script needs " + ticked(key.name) +
                                         "; write for example `" + std::string(key.name) + ": " +
                                         example_of(key) + "`");
    if (values.has("name")) plan_.name = values.text("name");
    if (values.has("about")) plan_.about = values.text("about");
    if (values.has("board") && values.object("board").has("needs"))
      for (const std::string& name : values.object("board").texts("needs"))
        for (const PortName& port : kPorts)
          if (port.name == name) plan_.needs |= port.port;
  }

  void read_entry(const YAML::Node& entry) {
    if (!entry.IsMap() || entry.size() == 0) {
      problems_.add(mark_of(entry),
                    "a step is written `- kind: arguments`, for example "
                    "`- power: cycle`");
      return;
    }
    PlannedStep step;
    step.number = plan_.steps.size() + 1;
    step.mark = mark_of(entry);
    YAML::Node value;
    bool has_value = false, only_part = true;
    std::set<std::string> seen;
    for (const auto& pair : entry) {
      const std::string key = pair.first.IsScalar() ? pair.first.Scalar() : "";
      const Mark mark = mark_of(pair.first);
      if (!seen.insert(key).second) {
        problems_.add(mark, ticked(key) +
                                " is written twice in one entry; start a new entry "
                                "with `- `");
        return;
      }
      if (read_common(key, pair.second, step)) {
        only_part = only_part && key == "part";
        continue;
      }
      only_part = false;
      const Kind* kind = find_kind(key);
      if (!kind) {
        problems_.add(mark, "there is no step " + ticked(key) + suggestion(key, known_names()));
        return;
      }
      if (has_value) {
        problems_.add(mark, "one entry is one step: put " + ticked(key) +
                                " in an entry of its own, with `- ` before it");
        return;
      }
      step.kind = kind;
      value.reset(pair.second);
      has_value = true;
      step.mark = mark;
    }
    if (only_part) return;  // a heading
    if (!has_value) {
      problems_.add(step.mark, "this entry has no step; add for example `power: cycle`");
      return;
    }
    read_step(step, value);
  }

  bool read_common(const std::string& key, const YAML::Node& node, PlannedStep& step) {
    for (const Argument& argument : entry_keys()) {
      if (argument.name != key) continue;
      const auto value = decode_value(node, argument, context_);
      if (!value) return true;
      if (key == "name") step.name = std::get<std::string>(*value);
      if (key == "part") part_ = std::get<std::string>(*value);
      if (key == "keep_going") step.keep_going = std::get<bool>(*value);
      return true;
    }
    return false;
  }

  void read_step(PlannedStep step, const YAML::Node& value) {
    const size_t before = problems_.all().size();
    step.form = value.IsMap() ? form_of_mapping(*step.kind, value, step.mark)
                              : form_of_scalar(*step.kind, value, step.mark);
    if (!step.form) return;
    const Form& form = *step.form;
    if (value.IsMap()) {
      step.arguments = decode(value, step.kind->name, form.arguments, context_);
    } else if (!form.arguments.empty()) {
      YAML::Node mapping(YAML::NodeType::Map);
      const Argument& head = form.arguments.front();
      step.arguments.set_mark(mark_of(value));
      if (auto read = decode_value(value, head, context_))
        step.arguments.set(head.name, *std::move(read), mark_of(value));
      for (const Argument& argument : form.arguments)
        if (argument.required && argument.name != head.name)
          problems_.add(mark_of(value), ticked(step.kind->name) + " needs " +
                                            ticked(argument.name) + " too; write for example `" +
                                            std::string(form.example) + "`");
      set_fallbacks(form.arguments, step.arguments);
    }
    if (problems_.all().size() == before && form.check) form.check(step.arguments, checking_);
    if (step.name.empty()) step.name = default_name(*step.kind, form, value);
    step.part = part_;
    plan_.steps.push_back(std::move(step));
  }

  const Form* form_of_mapping(const Kind& kind, const YAML::Node& value, Mark mark) {
    const Form* found = nullptr;
    for (const auto& pair : value) {
      for (const Form& form : kind.forms) {
        if (!pair.first.IsScalar() || pair.first.Scalar() != form.head || form.arguments.empty())
          continue;
        if (found && found != &form) {
          problems_.add(mark_of(pair.first), ticked(found->head) + " and " + ticked(form.head) +
                                                 " exclude each other; make two steps of them");
          return nullptr;
        }
        found = &form;
      }
    }
    if (found) return found;
    if (kind.forms.size() == 1) return &kind.forms.front();  // decode() names what is missing
    std::vector<std::string_view> heads;
    for (const Form& form : kind.forms) heads.push_back(form.head);
    const auto first = value.begin();
    const std::string key =
        first != value.end() && first->first.IsScalar() ? first->first.Scalar() : "";
    problems_.add(mark, ticked(kind.name) + " has no form with " + ticked(key) +
                            suggestion(key, heads) + " Write for example `" +
                            std::string(kind.forms.front().example) + "`");
    return nullptr;
  }

  const Form* form_of_scalar(const Kind& kind, const YAML::Node& value, Mark mark) {
    if (!value.IsScalar()) {
      problems_.add(value.IsNull() ? mark : mark_of(value),
                    ticked(kind.name) + " needs its arguments; write for example `" +
                        std::string(kind.forms.front().example) + "`");
      return nullptr;
    }
    std::vector<std::string_view> bare;
    for (const Form& form : kind.forms) {
      if (!form.arguments.empty()) continue;
      if (form.head == value.Scalar()) return &form;
      bare.push_back(form.head);
    }
    if (bare.empty()) return &kind.forms.front();
    problems_.add(mark_of(value), ticked(kind.name) + " cannot be " + ticked(value.Scalar()) +
                                      suggestion(value.Scalar(), bare));
    return nullptr;
  }

  const Kind* find_kind(std::string_view name) const {
    for (const Kind& kind : kinds_)
      if (kind.name == name) return &kind;
    return nullptr;
  }

  std::vector<std::string_view> known_names() const {
    std::vector<std::string_view> names;
    for (const Kind& kind : kinds_) names.push_back(kind.name);
    for (const Argument& key : entry_keys()) names.push_back(key.name);
    return names;
  }

  std::span<const Kind> kinds_;
  Problems& problems_;
  Context context_;
  Checking checking_;
  Plan plan_;
  std::string part_;
};

}  // namespace

std::span<const Argument> script_keys() {
  static const std::vector<Argument> kKeys = {
      {.name = "name",
       .about = "What the script is about, in a few words.",
       .required = true,
       .example = "kernel smoke"},
      {.name = "about", .about = "More about it; shown in the report."},
      {.name = "board",
       .type = Type::kObject,
       .about = "What the whole script asks of the board.",
       .fields = {{.name = "needs",
                   .type = Type::kChoices,
                   .about = "On a bench without these, no step is run and all are reported as "
                            "skipped.",
                   .choices = port_choices()}}},
      {.name = "steps",
       .type = Type::kObjects,
       .about = "The steps, run from first to last.",
       .required = true,
       .example = "[{power: cycle}]"},
  };
  return kKeys;
}

std::span<const Argument> entry_keys() {
  static const std::vector<Argument> kKeys = {
      {.name = "name",
       .about = "What reports call the step; otherwise made of what it does.",
       .example = "the kernel starts"},
      {.name = "part",
       .about = "Starts a part of the script that reports group by; it may stand "
                "alone in an entry.",
       .example = "timing"},
      {.name = "keep_going",
       .type = Type::kFlag,
       .about = "With true, the run goes on when the step fails; it still counts as failed."},
  };
  return kKeys;
}

std::string port_names(unsigned ports) {
  std::string names;
  for (const PortName& port : kPorts)
    if (ports & port.port) names += (names.empty() ? "" : ", ") + std::string(port.name);
  return names;
}

Parsed read_script_text(const std::string& text, const Sources& sources,
                        std::span<const Kind> kinds) {
  Problems problems(sources.file.string());
  Parsed parsed;
  try {
    if (const auto root = parse_document(text, problems)) {
      Plan plan = Reader(sources, kinds, problems).read(*root);
      if (problems.empty()) parsed.plan = std::move(plan);
    }
  } catch (const YAML::Exception& exception) {
    problems.add({}, "malformed YAML: " + exception.msg);
  }
  parsed.problems = problems.all();
  if (!parsed.problems.empty()) parsed.plan.reset();
  return parsed;
}

Parsed read_script(const Sources& sources, std::span<const Kind> kinds) {
  Problems problems(sources.file.string());
  const auto text = read_document(sources.file, problems);
  if (!text) return {{}, problems.all()};
  return read_script_text(*text, sources, kinds);
}

}  // namespace hil::script
