"""The words by which files speak of provenance, and what each means: one list for all readers.

Keys are compared in lower snake case. A longer word wins over a shorter one, and what stands above a key decides
whose it is: `path` below `teacher` is a teacher, below `tokenizer` it is nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache

from compliance.evidence.claims import ClaimRole
from compliance.evidence.readers.words import word_set

# Fields of rows whose value is the model that wrote text of the row.
GENERATORS = word_set(
    """
    model model_name model_id generator generator_model generation_model generation_models gen_model
    output_generator output_model teacher teacher_model teacher_name engine source_model chosen_model
    rejected_model model_a model_b model_1 model_2 completion_model response_model answer_model solution_model
    reasoning_model assistant_model llm llm_model llm_name generated_by generated_with synthesized_by model_used
    model_version modelversion author_model response_generator answer_generator synthetic_model data_generator
    rewritten_by rewrite_model ls_model_name
    """
)
# Fields of rows whose value is a model that judged, ranked or filtered them.
JUDGES = word_set(
    """
    judge judge_model judge_name annotator annotator_model evaluator evaluator_model grader grader_model rater
    rating_model scorer_model ranking_model preference_model verifier verifier_model critic_model labeler
    label_model classifier_model quality_model filter_model critique_model feedback_model annotation_model
    judged_by
    """
)
REWARDS = word_set(
    """
    reward_model reward_model_name rm_name rm_model reward_model_path reward_model_name_or_path rm_path
    reward_pretrain reward_model_id remote_rm reward_model_type_name
    """
)
PROMPTERS = word_set(
    """
    instruction_model prompt_model prompt_generator question_model question_generator instruction_generator
    evol_model evolution_model query_model user_model user_simulator input_model
    """
)
EMBEDDERS = word_set(
    """
    embedding_model embed_model embedding_model_name embedder encoder_model sentence_model
    """
)
ROW_LICENCES = word_set("license licence license_name licenses data_license dataset_license")
ROW_DATES = word_set(
    """
    created created_at createdat timestamp tstamp date generated_at generation_date generation_time created_time
    create_time created_on date_created response_time time_created utc_time_created
    """
)
ROW_SETS = word_set(
    """
    dataset source data_source source_dataset dataset_source dataset_name dataset_id subset original_dataset
    from_dataset
    """
)

# Keys of configs that name the weights a run starts from.
BASES = word_set(
    """
    base_model base_model_name_or_path base_model_name base_model_id base_model_path model_name_or_path
    pretrained_model_name_or_path pretrained_model pretrained_model_path pretrained pretrain model_path
    model_name model_id hf_model_name_or_path _name_or_path name_or_path policy_model policy_model_path
    policy_model_name student student_model student_model_name student_name student_model_path
    student_model_name_or_path
    actor_model actor_model_path actor_model_name_or_path actor_pretrain critic_pretrain critic_model_path
    init_model init_from backbone restore_from_path hf_model_path llm_path pretrained_checkpoint hf_checkpoint
    base_checkpoint sft_model_path sft_model_name_or_path language_model llm_name_or_path model_ref
    model_name_or_dir hf_base_model foundation_model
    """
)
TEACHERS = word_set(
    """
    teacher teachers teacher_model teacher_models teacher_model_name teacher_model_path
    teacher_model_name_or_path teacher_name_or_path teacher_model_id teacher_pretrain teacher_path kd_teacher
    kd_teacher_model teacher_checkpointer distillation_teacher
    """
)
CONFIG_GENERATORS = word_set(
    """
    generator_model generation_model gen_model logical_model large_logical_model small_model large_model
    synthesis_model synthetic_data_model answer_model response_model rollout_teacher
    """
)
DATASETS = word_set(
    """
    dataset datasets dataset_name dataset_names dataset_path dataset_paths dataset_id dataset_ids dataset_repo
    dataset_repo_id dataset_name_or_path train_dataset train_datasets train_dataset_name train_dataset_path
    train_file train_files train_data train_data_path train_data_files train_path training_file training_files
    training_data data_path data_paths prompt_data prompt_dataset pretraining_dataset hf_dataset hf_dataset_name
    hf_dataset_or_datasets hf_dataset_path hf_dataset_id dataset_mixer dataset_mixer_list dataset_mixture
    data_mixture sft_dataset sft_datasets dpo_dataset preference_dataset reward_dataset input_data data_files
    hf_hub_url instruction_datasets pretrain_data dataset_uri dataset_sources datasets_extra
    """
)
EVAL_DATASETS = word_set(
    """
    eval_dataset eval_datasets eval_data eval_file eval_files eval_path eval_data_path eval_dataset_name
    val_dataset val_datasets val_data val_file val_files val_path val_data_path validation_dataset
    validation_datasets validation_file validation_files validation_data validation_path valid_data
    valid_dataset test_dataset test_datasets test_data test_file test_files test_path test_data_path
    dataset_mixer_eval dataset_mixer_eval_list eval_dataset_mixer_list eval_tasks benchmark benchmarks
    eval_prompt_data
    """
)
# The field of an entry in a list of data sets that names the set, the likeliest first.
SET_NAMES = (
    "path",
    "id",
    "dataset_name",
    "dataset_path",
    "repo_id",
    "hf_hub_url",
    "hf_dataset",
    "dataset_id",
    "dataset",
    "source",
    "ms_hub_url",
    "data_path",
    "data_files",
    "file_name",
    "train_file",
    "data_file",
    "name",
    "_component_",
)
# The field of a model's mapping that names it, the likeliest first.
MODEL_NAMES = (
    "model_name_or_path",
    "base_model",
    "pretrained_model_name_or_path",
    "hf_model_name_or_path",
    "model_name",
    "model_path",
    "model_id",
    "name_or_path",
    "_name_or_path",
    "path",
    "pretrained",
    "checkpoint_dir",
    "base_checkpoint_dir",
    "model",
    "id",
    "name",
)
# What a mapping below this key is about is no provenance of the trained model's data.
IGNORED = re.compile(
    r"tokenizer|processor|optimi[sz]er|scheduler|logger|logging|wandb|mlflow_tracking|checkpointing\b|"
    r"cluster|tracker|callback|"
    r"profiler|deepspeed|fsdp|lora_config|quantization|generation_kwargs|special_tokens|chat_template|"
    r"columns|features|"
    r"column_mapping|field_mapping|runtime_parameters_info|_wandb|metrics?$|env_vars|environment"
)
# Keys of lists of models that are compared or ranked.
RIVALS = word_set(
    "model_list baseline_model baseline_models eval_model eval_models candidate_models models_to_evaluate"
)
IGNORED_WORDS = word_set("tokenizer processor")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NOT_WORD = re.compile(r"[^a-z0-9_]+")


@lru_cache(maxsize=65536)
def snake(key: str) -> str:
    """A key in lower snake case without the marks of command lines: `--modelName`, `model-name` are `model_name`."""
    return _NOT_WORD.sub("_", _CAMEL.sub("_", key[:200].strip()).lower().lstrip("-+~")).strip()


@lru_cache(maxsize=65536)
def row_role(key: str) -> ClaimRole | None:
    """The role of the model that a row's field of this name holds; None where the field holds no model."""
    word = snake(key)
    if word in GENERATORS:
        return "targets"
    if word in JUDGES:
        return "preference"
    if word in REWARDS:
        return "reward"
    if word in PROMPTERS:
        return "prompts"
    return "embedding" if word in EMBEDDERS else None


_COLUMN = re.compile(
    r"(?P<model>(?:chat_?gpt|gpt[-_]?[345](?:[-_.]?\d)?(?:o|[-_]?turbo|[-_]?mini)*|text_davinci_\d+|"
    r"o[134](?:[-_]mini)?|claude(?:[-_]?[\d.]+)?(?:[-_]"
    r"(?:opus|sonnet|haiku|instant))?|gemini(?:[-_]?[\d.]+)?(?:[-_](?:pro|flash))*|deepseek(?:[-_]?(?:r1|"
    r"v[23](?:[._]\d)?))?|"
    r"qwen[\d._]*|qwq|llama[-_]?[\d._]*|mi[sx]tral[\d._]*|grok[-_]?\d*|kimi[-_]?k?[\d.]*|glm[-_]?[\d._]*|r1))[-_]"
    r"(?:(?P<made>(?:\w+[-_])?(?:reasoning|solutions?|thinking|thoughts?|trajector\w+|outputs?|responses?|"
    r"answers?|completions?|generations?|"
    r"text|traces?|cot|code|rewrites?|explanations?|summar\w+|translations?|attempt|distill?ed|content|"
    r"message|reply))|"
    r"(?P<judged>(?:\w+[-_])?(?:scores?|ratings?|judg\w*|eval\w*|labels?|grades?|preferences?|annotations?|"
    r"critiques?|feedback|verdict|rank\w*|quality|reward)))\Z",
    re.IGNORECASE,
)


@lru_cache(maxsize=65536)
def column_claim(key: str) -> tuple[str, ClaimRole] | None:
    """The model that a column's own name gives away, and its role: `deepseek_reasoning`, `gpt4_score`."""
    match = _COLUMN.match(key) if len(key) <= 80 else None
    if not match:
        return None
    return match.group("model"), "targets" if match.group("made") else "preference"


_SPLIT_MODEL = re.compile(
    r"(?<![A-Za-z0-9])((?:Qwen|QwQ|Llama|Meta-?Llama|Mistral|Mixtral|Gemma|Phi|DeepSeek|Yi|GLM|Nemotron|"
    r"Falcon)[-_]?(?:R1|V\d|\d)?[\w.]{0,8}?(?:[-_](?:Instruct|Chat|Distill|"
    r"Coder|Math|Base|it|A\d+B))*[-_]\d+(?:x\d+)?(?:\.\d+)?B|(?:gpt-?[345](?:[.o]\d?)?(?:[-_](?:turbo|mini|"
    r"nano))*|claude[-_](?:\d[\w.]*|opus|sonnet|haiku)"
    r"(?:[-_](?:opus|sonnet|haiku|\d[\d.]*))*|gemini[-_]\d[\w.]*?(?:[-_](?:pro|flash))*|deepseek[-_](?:r1|"
    r"v3)(?:[-_.]\d+)*))(?=[-_ .,/)]|\Z)",
    re.IGNORECASE,
)


def models_in_name(name: str) -> list[str]:
    """The models that the name of a split, a column or a file gives away: those with a size, or of a hosted line."""
    return [m.group(1) for m in _SPLIT_MODEL.finditer(name[:500])]
