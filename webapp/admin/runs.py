"""Training runs in the admin: started from a category, followed live, paused, gone on with, cancelled."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from webapp import files
from webapp.admin.deletions import Deleted, counted
from webapp.admin.pages import Refusing, in_words, log_added, log_change, must_have, own_page
from webapp.admin.train_form import TrainForm, values_of
from webapp.errors import ServiceError
from webapp.models import Category, Job, TrainingRun
from webapp.services import runs
from webapp.training_settings import PRESETS, Settings, check_settings, possible_starts, preset_of

MOST_POINTS = 1000
"""Points of a curve on the page: more would not be told apart."""
LAST_NOTES = 40
DEEDS = {
    "pause": (runs.pause_run, gettext_lazy("Pause asked for.")),
    "resume": (runs.resume_run, gettext_lazy("Goes on.")),
    "cancel": (runs.cancel_run, gettext_lazy("Cancelled.")),
}


@admin.register(TrainingRun)
class TrainingRunAdmin(Refusing, admin.ModelAdmin):
    list_display = ("__str__", "state_now", "done", "start_from", "images", "started_by", "created_at")
    list_filter = ("category",)
    list_select_related = ("category", "started_by")
    actions = None

    class Media:
        css = {"all": ("admin-site/admin.css",)}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a run starts from its category's page

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # what it was asked for stays; its page has the buttons

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("start/<int:category>/", wrap(self.start), name="webapp_trainingrun_start"),
            path("<uuid:pk>/live.json", wrap(never_cache(self.live)), name="webapp_trainingrun_live"),
            path("<uuid:pk>/do/", wrap(self.do), name="webapp_trainingrun_do"),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("state"))
    def state_now(self, row: TrainingRun) -> str:
        return row.get_state_display()

    @admin.display(description=gettext_lazy("progress"))
    def done(self, row: TrainingRun) -> str:
        return f"{100 * row.share:.0f} %"

    def start(self, request: HttpRequest, category: int) -> HttpResponse:
        """The form of a new run; what the service refuses is shown on it, with all that was filled in."""
        must_have(request, "webapp.add_trainingrun")
        row = get_object_or_404(Category, pk=category)
        begin = preset_of(row)
        form = TrainForm(request.POST if request.method == "POST" else None, initial=values_of(begin))
        if request.method == "POST" and form.is_valid():
            try:
                if "estimate" in request.POST:
                    self._estimate(request, row, form.settings())
                else:
                    return self._started(request, row, form)
            except ServiceError as error:
                form.add_error(None, error.message)
        return own_page(
            self,
            request,
            "start",
            title=_("Train %(category)s") % {"category": row.name},
            form=form,
            category=row,
            images=row.training_images.count(),
            open_run=runs.open_run_of(row),
            misfits={start: why for start, why in possible_starts(begin, row).items() if why},
            presets={name: values_of(settings) for name, (_words, settings) in PRESETS.items()},
        )

    def _started(self, request: HttpRequest, category: Category, form: TrainForm) -> HttpResponse:
        run = runs.start_run(
            user=request.user,
            category=category,
            settings=form.settings(),
            start_from=form.cleaned_data["start_from"],
        )
        log_added(request, run, _("Started."))
        return HttpResponseRedirect(reverse("admin:webapp_trainingrun_change", args=[run.pk]))

    def _estimate(self, request: HttpRequest, category: Category, asked: Settings) -> None:
        """Say how long a step of such a run takes on the trainer, measured there."""
        check_settings(asked, images=category.training_images.count())
        job = runs.time_trial(user=request.user, settings=asked)
        if job.state != Job.State.SUCCEEDED:
            words = _("A step of such a run is being timed. Ask again in a few seconds.")
            if (before := runs.run_before(job)) is not None:
                words = _("A step of such a run is timed when the training of %(name)s is over or paused.")
                words %= {"name": before.category}
            messages.info(request, words)
            return
        seconds = job.params["seconds"]
        if asked.minutes:
            said = {"seconds": seconds, "steps": round(60 * asked.minutes / seconds), "minutes": asked.minutes}
            text = _("A step takes %(seconds).2f s here: about %(steps)d steps in %(minutes)g minutes.") % said
        else:
            # Each image gives one square or more, so this is the least.
            steps = asked.epochs * category.training_images.count() / asked.batch
            said = {"seconds": seconds, "minutes": max(1, round(steps * seconds / 60)), "epochs": asked.epochs}
            text = _("A step takes %(seconds).2f s here: %(minutes)d minutes or more for %(epochs)g epochs.") % said
        messages.success(request, text)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        must_have(request, "webapp.view_trainingrun")
        run = self.get_object(request, object_id)
        if run is None:
            raise Http404(_("This run does not exist, or was deleted."))
        asked = Settings.of(run.asked)
        values = values_of(asked)
        said = {
            str(field.label): dict(getattr(field, "choices", ())).get(values[name], values[name])
            for name, field in TrainForm.base_fields.items()
            if name in values
        }
        return own_page(
            self,
            request,
            "run",
            title=_("Training of %(category)s") % {"category": run.category},
            run=run,
            live=live_of(run),
            asked=in_words(said),
            may_change=request.user.has_perm("webapp.change_trainingrun"),
        )

    def live(self, request: HttpRequest, pk: Any) -> JsonResponse:
        must_have(request, "webapp.view_trainingrun")
        return JsonResponse(live_of(get_object_or_404(TrainingRun, pk=pk)))

    def do(self, request: HttpRequest, pk: Any) -> HttpResponse:
        must_have(request, "webapp.change_trainingrun")
        run = get_object_or_404(TrainingRun, pk=pk)
        wanted = request.POST.get("deed", "")
        if wanted not in DEEDS:
            raise Http404(_("No such button."))
        deed, words = DEEDS[wanted]
        try:
            deed(user=request.user, run=run)
        except ServiceError as error:
            messages.error(request, error.message)
        else:
            log_change(request, [run], str(words))
            messages.success(request, str(words))
        return HttpResponseRedirect(reverse("admin:webapp_trainingrun_change", args=[run.pk]))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Deleted:
        """Its points, samples, notes and jobs are part of it, and nobody needs a right on them besides."""
        found = list(objs)
        parts = runs.parts_of(TrainingRun.objects.filter(pk__in=[run.pk for run in found]))
        return counted(found, parts, set().union(*map(runs.keys_of, found)), lacking=set(), forbidding=[])

    def delete_model(self, request: HttpRequest, obj: TrainingRun) -> None:
        runs.delete_run(run=obj)


def live_of(run: TrainingRun) -> dict[str, Any]:
    """What the page of a run shows and asks for again every two seconds.

    `points` are [step, loss_D, loss_G, D(x), D(G(z))]; at most about MOST_POINTS of them, evenly thinned.
    """
    state = run.state
    points = list(run.points.values_list("step", "loss_d", "loss_g", "d_real", "d_fake"))
    every = -(-len(points) // MOST_POINTS) or 1
    notes = list(run.notes.order_by("-at", "-pk")[:LAST_NOTES])
    version = getattr(run, "version", None)
    job = run.job
    return {
        "state": state,
        "state_text": str(run.State(state).label),
        "is_open": state in run.OPEN,
        "phase": run.phase,
        "step": run.step,
        "steps": run.steps,
        "epoch": round(run.epoch, 2),
        "share": round(run.share, 4),
        "seconds": round(run.seconds, 1),
        "seconds_left": None if run.seconds_left is None else round(run.seconds_left),
        "saved_step": run.saved_step,
        "error": job.problem if job else "",
        "points": points[::-1][::every][::-1],  # from the end, so that the newest is always among them
        "samples": [
            {
                "step": sample.step,
                "epoch": round(run.epoch_of(sample.step), 1),
                "diversity": round(sample.diversity, 3),
                "url": files.file_url(sample.image_key, sample),
            }
            for sample in run.samples.all()
        ],
        "notes": [{"at": date_format(localtime(line.at), "H:i:s"), "text": line.text} for line in reversed(notes)],
        "can": {
            "pause": state in (run.State.QUEUED, run.State.RUNNING, run.State.LOST),
            "resume": state in (run.State.PAUSED, run.State.FAILED),
            "cancel": state in run.OPEN,
        },
        "version": reverse("admin:webapp_modelversion_change", args=[version.pk]) if version else "",
    }
