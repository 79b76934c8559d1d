// Fills the line “notifications” of the home page, and sends each form once.
// Without JavaScript the page says all the rest, and every form works.
(function () {
  "use strict";

  var line = document.getElementById("notifications");

  // In French, two is the first plural: 0 nouveau message, 1 nouveau message, 2 nouveaux messages.
  function words(count, one, many) {
    return count + " " + (count < 2 ? one : many);
  }

  function show(text) {
    if (line) {
      line.textContent = text;
    }
  }

  function told(data) {
    var unread = data.messages.length;
    var due = data.devoirs.length;
    show(
      words(unread, "nouveau message", "nouveaux messages") +
        " et " +
        words(due, "devoir à rendre", "devoirs à rendre") +
        "."
    );
  }

  function lost() {
    show("Vos notifications ne sont pas disponibles pour le moment.");
  }

  // One question and no repetition: a platform under load needs no page that asks again by itself.
  function ask() {
    fetch("/api/notifications", {
      credentials: "same-origin",
      headers: { Accept: "application/json" }
    })
      .then(function (answer) {
        if (!answer.ok) {
          throw new Error("HTTP " + answer.status);
        }
        return answer.json();
      })
      .then(told)
      .catch(lost);
  }

  // A form is sent once, however often its button is pressed while the answer is on its way.
  function once(form) {
    form.addEventListener("submit", function (event) {
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "yes";
    });
  }

  // A page that comes back from the browser's history must be able to send its forms again.
  function again() {
    Array.prototype.forEach.call(document.forms, function (form) {
      delete form.dataset.sent;
    });
  }

  // What else the home page of a big portal asks for; nobody shows it.
  function others() {
    var count = parseInt(document.body.getAttribute("data-appels"), 10) || 0;
    for (var i = 1; i <= count; i += 1) {
      fetch("/api/appel/" + i, { credentials: "same-origin" });
    }
  }

  Array.prototype.forEach.call(document.forms, once);
  window.addEventListener("pageshow", again);
  ask();
  others();
})();
