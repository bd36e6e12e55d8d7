"""The texts and guests of the demonstration conference, after its published concept note."""

from conference.models import Page
from registrations.models import Organisation

OBJECTIVES = """\
1. Foster exchanges among cities to identify effective and transferrable approaches.
2. Build on expertise and experience of cities and organisations/initiatives to support cities and identify the scope
   for further initiatives.
"""

ORGANISATIONS = [
    ("Radicalisation Awareness Network", Organisation.Kind.NETWORK),
    ("Council of Europe - Congress of cities", Organisation.Kind.INTERNATIONAL_ORGANISATION),
    ("Nordic Safe Cities Network", Organisation.Kind.NETWORK),
    ("Strong Cities Network", Organisation.Kind.NETWORK),
    ("European Forum for Urban Security", Organisation.Kind.NETWORK),
    ("Practicies Project", Organisation.Kind.PROJECT),
    ("PREPARE Project", Organisation.Kind.PROJECT),
    ("BRIDGE Project", Organisation.Kind.PROJECT),
    ("ERDF", Organisation.Kind.PROGRAMME),
    ("ISF-P", Organisation.Kind.PROGRAMME),
    ("Justice Programme", Organisation.Kind.PROGRAMME),
    ("Erasmus+", Organisation.Kind.PROGRAMME),
    ("Mobile Intervention Teams", Organisation.Kind.INITIATIVE),
]

INSTITUTIONS = [("European Commission", 8), ("Committee of the Regions", 4), ("European Parliament", 3)]

PAGES = {
    Page.Kind.CONCEPT: """\
## Background and rationale

The EU policy framework recognises the crucial role of cities in preventing and countering violent radicalisation.

The European Commission provides financial assistance to the local dimension through a number of funding instruments
and offers a platform for exchanges. It supports cities in their capacity building through workshops, trainings and
guidance material developed within the Radicalisation Awareness Network. Other organisations, such as the Council of
Europe, the Strong Cities Network, Nordic Safe Cities and Efus, support and link cities and other local stakeholders.

The High-Level Expert Group on Radicalisation recommended the Commission “to facilitate the identification of good
practices and guidance for local cooperation” and to bring together the main European and international organisations
and associations active at the local level. Against this background the Commission organises this conference in
collaboration with the Committee of the Regions.

## Who takes part

About 150 participants:

- **EU cities**: up to two representatives each, ideally mayors, with a balanced geographical representation of smaller
  and bigger, advanced and less advanced cities;
- **organisations and initiatives** that address violent radicalisation at the local level;
- **EU institutions**: European Commission, Committee of the Regions, European Parliament;
- **national policy makers**: one representative of each Member State.

## Format

The one-day conference has four panels, which combine short presentations of five minutes with debate.

1. **Challenges and innovative approaches**: how cities have responded to a specific challenge in an innovative manner.
   Four cities present their challenges and initiatives.
2. **Challenges and partnerships**: what can we learn from collaboration projects? Four cities report.
3. **Cities and national governments**: how best to support and empower cities.
4. **EU assistance to support cities**: European and international networks and initiatives show how they can help.

Two coffee breaks of 30 minutes are for **one-to-one meetings**. During the lunch break a **market place** presents
networks, EU funding programmes and a selected number of cities. The **final open debate** asks: where could the EU make
a difference in the future work of EU cities against radicalisation?
""",
    Page.Kind.PRACTICAL: """\
## Venue

European Committee of the Regions, Rue Belliard 99–101, 1040 Brussels. Please bring an identity card or passport for the
entrance and arrive 30 minutes before the opening.

## Getting there

Metro lines 1 and 5, stop Maelbeek/Maalbeek, or lines 2 and 6, stop Trône/Troon; both are ten minutes on foot. Trains
from the airport stop at Brussels-Luxembourg, eight minutes on foot.

## Languages

English, French and German, with interpretation in the plenary room.

## Travel costs

Travel and one night are reimbursed for one representative of each city. Keep your tickets and boarding passes.

## Accessibility

The venue has step-free access. Tell us on the reply form what you need.
""",
    Page.Kind.CONTACT: """\
Questions about your invitation, the programme or the venue go to the organisers' mailbox:
<cities-conference@convoke.example>.

Please name your city or organisation in the subject.
""",
    Page.Kind.PRIVACY: """\
## Who is responsible

The organiser of the conference is the controller. Personal data are processed under Regulation (EU) 2018/1725.

## What we keep, why, and for how long

| What | Why | Until |
|---|---|---|
| name, function, organisation, e-mail | to organise the conference (public task) | one year after the conference |
| dietary and access needs | to receive you well | one month after the conference |
| city of departure | to prepare reimbursement | one year after the conference |
| when you were checked in on the day | to know who took part | one year after the conference |
| your replies and their history | to show who was invited and when | one year after the conference |

## Only with your consent

The list of participants, sharing your contact details, photographs, and invitations to future events: each is asked for
by itself, none is needed to take part, and you can take each back at any time on the page of your registration.

## Your rights

You can see, correct and delete your data, and object to their use. Write to <cities-conference@convoke.example>. You
can also turn to the European Data Protection Supervisor.
""",
    Page.Kind.ACCESSIBILITY: """\
We want everyone to be able to use this site. It is made to meet the Web Content Accessibility Guidelines 2.1 at level
AA: it works with the keyboard alone, with a screen reader, at 400 % zoom, and without JavaScript.

If something does not work for you, write to <cities-conference@convoke.example>; you can also reply by telephone or
letter.
""",
    Page.Kind.LEGAL: """\
This is a demonstration. Its texts follow the published concept note of the conference “EU Cities Against
Radicalisation”; addresses that end in *.example* reach nobody.
""",
    Page.Kind.COOKIES: """\
This site sets three cookies: one keeps you signed in, one protects forms against misuse, and one remembers for 180 days
that you have signed in on this device before, so that strangers cannot lock you out. All are necessary, and there are
no others: no statistics, no tracking.
""",
}
